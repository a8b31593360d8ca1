"""The network part of a run; imported only by online runs."""
