"""Names of files that are unusual, or hostile: a command in one would leave a file PWNED."""

from __future__ import annotations

__all__ = ["NAMES"]

NAMES = (
    "with space.vcf",
    "two  spaces.vcf",
    "folder with space/file with space.vcf.gz",
    "o'brien.vcf",
    'he said "yes".vcf',
    "größe.vcf",
    "gro\u0308\u00dfe.vcf",  # the same to the eye, decomposed as macOS writes it
    "患者.vcf",
    "$(touch PWNED).vcf",
    "`touch PWNED`.vcf",
    "; touch PWNED; .vcf",
    "a && touch PWNED && b.vcf",
    "a | touch PWNED | b.vcf",
    "a > PWNED .vcf",
    "$HOME.vcf",
    "*.vcf",
    "[ab]?.vcf",
    "back\\slash\\n.vcf",
    "#hash!bang.vcf",
    "~tilde.vcf",
    "100%25.vcf",
    "a=b,c:d@e+f^g.vcf",
    "-leading.vcf",
    "--snapshot.vcf",
    "-h.vcf",
    "'; touch PWNED; '.vcf",
    '"; touch PWNED; ".vcf.gz',
)
"""Names that work everywhere."""
