"""Versions of the libraries that read and write VCF and BCF."""

from __future__ import annotations

__all__ = ["library_versions"]


def library_versions() -> dict[str, str]:
    """Return the versions of htslib (as pysam contains it), pysam and cyvcf2."""
    # Imported here: few runs need all of them.
    import cyvcf2
    from pysam.version import __htslib_version__, __version__

    return {"htslib": __htslib_version__, "pysam": __version__, "cyvcf2": cyvcf2.__version__}
