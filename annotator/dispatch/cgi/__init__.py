"""The Cancer Genome Interpreter: what it is sent, how it is asked, what its results say."""
