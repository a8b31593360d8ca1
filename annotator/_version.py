"""The version, defined only here: the package, its metadata and the VCF header read it."""

__version__ = "0.1.0"
