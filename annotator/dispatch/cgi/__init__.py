"""The Cancer Genome Interpreter: submissions, protocol and results."""
