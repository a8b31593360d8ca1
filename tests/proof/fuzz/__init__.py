"""Fuzzing of everything that reads what others wrote: either a result, or an error of ours; never anything else.

    python -m tests.proof.fuzz                       every target for a minute
    python -m tests.proof.fuzz -s 3600 text bcf      two targets for an hour each
    python -m tests.proof.fuzz --replay              only the kept inputs

Kept inputs are in `corpus/`, a folder per target. With atheris (`pip install atheris`), the search is guided by the
branches that an input reaches; without it, kept inputs are changed at random. Inputs that break a promise are
written to a folder of findings. Once mended, they move to the corpus, where `tests/proof/test_fuzz.py` replays them.
"""
