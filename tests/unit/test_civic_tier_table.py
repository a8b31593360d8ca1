"""Best suggested tiers of 30 variants for three diseases each, on a real release.

The tiers were written down from the release's evidence before the code was run on them, by the rules in `tier.py`:
`-` is no tier.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator.sources.civic.tier import best_tier, suggested_tiers
from tests.support.civic_items import items_of

TABLE = """
BRAF V600K      1909 I-A      8923 I-A      9256 II-C
BRAF K601E      8923 II-D     1909 -        3908 -
NRAS Q61R       1909 II-D     9256 II-D     3908 -
NRAS Q61K       9256 II-D     8923 II-D     3908 II-D
KRAS A146T      9256 II-C     234 II-C      3908 -
KRAS G12A       9256 II-C     3910 II-C     1909 -
KRAS G12C       3908 I-A      9256 II-C     1909 II-C
EGFR L861Q      3908 II-D     3910 II-D     3070 II-D
EGFR G719S      3908 II-C     3910 II-C     9256 II-D
EGFR C797S      3908 II-C     3910 II-C     9256 -
EGFR T790M      3908 I-A      3910 I-A      9256 II-C
EGFR S768I      3910 II-D     3908 -        9256 -
JAK2 V617F      8552 II-C     8997 II-C     1909 II-D
IDH1 R132C      9119 II-C     1909 II-D     4947 II-D
KIT D816V       9119 II-C     349 II-C      1909 II-D
KIT V654A       9253 II-C     1909 II-D     9119 II-D
PDGFRA D842V    9253 I-B      1115 -        3908 -
AKT1 E17K       1612 II-C     1909 II-C     9119 II-C
ESR1 D538G      1612 II-D     0060079 II-D  3908 -
ESR1 Y537S      1612 II-D     0060075 II-D  2394 -
FGFR3 S249C     2671 II-D     4006 II-D     4007 -
ALK F1174L      769 II-D      3908 II-D     1909 -
ERBB2 S310F     1612 II-D     0060079 II-D  3908 -
ERBB2 L755S     1612 II-D     219 II-D      0050861 -
MYD88 L265P     0060901 II-C  1040 II-C     0050745 II-D
RET M918T       3973 II-C     3963 II-D     3908 II-D
NPM1 W288FS     9119 II-D     1909 -        9538 -
SMO D473H       0050902 II-D  2513 II-D     1909 -
MAP2K1 P124S    1909 II-D     8923 II-D     9256 -
FLT3 D835V      9119 II-D     3908 -        9952 -
"""
CASES = [
    (" ".join(words[:2]), disease, "" if tier == "-" else tier)
    for line in TABLE.strip().splitlines()
    for words in (line.split(),)
    for disease, tier in zip(words[2::2], words[3::2], strict=True)
]


def test_the_table_has_30_variants_and_90_tiers() -> None:
    assert (len({profile for profile, _, _ in CASES}), len(CASES)) == (30, 90)


@pytest.mark.parametrize(("profile", "disease", "tier"), CASES)
def test_best_tier(profile: str, disease: str, tier: str, shared_data: Path) -> None:
    items = items_of(shared_data / "civic" / "release-2024-08-01", {profile: "exact"}, disease)
    assert items
    assert best_tier(suggested_tiers(items)) == tier
