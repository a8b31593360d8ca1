"""One annotation run: options, plan, prefilter, pipeline, engines, second pass, shards.

The folder is not called `annotate`, because that name is the public function `annotator.annotate`.
"""
