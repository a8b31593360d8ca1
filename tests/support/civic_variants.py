"""CIViC variants and CSQ entries made for tests."""

from __future__ import annotations

from tests.support.civic_releases import VARIANT


def variant(id_: int, gene: str, name: str, **facts: str) -> dict[str, str]:
    """A variant without coordinates."""
    bare = dict.fromkeys(
        ("chromosome", "start", "stop", "reference_bases", "variant_bases", "reference_build"), ""
    )
    own = {
        "variant_id": str(id_),
        "gene": gene,
        "variant": name,
        "single_variant_molecular_profile_id": str(id_),
    }
    return VARIANT | bare | own | facts


def csq(
    gene: str,
    terms: str,
    *,
    protein: str = "",
    coding: str = "",
    exon: str = "",
    intron: str = "",
    id_: str = "",
) -> str:
    feature = coding.rpartition(":")[0] or "ENST1"
    return f"INFO_CSQ=|{terms}|{gene}|{id_}|{feature}|{exon}|{intron}|{coding}|{protein}|1".removeprefix(
        "INFO_"
    )
