"""CGI's cancer types, and the corresponding codes of OncoTree and TCGA.

`cancer_types.tsv` has CGI's codes with their parents, as published: `CANCER` is any cancer, and a type has the
biomarkers of its parents too. An unknown code is refused before anything is sent: it is unknown how the service treats
it.
"""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path

from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple

__all__ = ["CancerType", "cancer_type", "cancer_types", "searched"]

_FILE = Path(__file__).with_name("cancer_types.tsv")

_FOREIGN = {
    "tcga": {
        "CHOL": "CH", "COAD": "COC", "DLBC": "DLBCL", "KICH": "RCH", "KIRC": "RCCC", "KIRP": "RPC", "LAML": "AML",
        "LCML": "CML", "LIHC": "HC", "SARC": "S", "SKCM": "CM", "TGCT": "MGCT",
    },
    "oncotree": {
        "AASTR": "APA", "ACRM": "ALM", "ACYC": "ADCC", "ANGS": "AS", "AODG": "AOG", "APLPMLRARA": "APML", "BL": "BLY",
        "BLL": "ALL", "CCOV": "OVCC", "CCRCC": "RCCC", "CHOL": "CH", "CHRCC": "RCH", "CHS": "CS", "CLLSLL": "CLL",
        "COAD": "COC", "COADREAD": "COREAD", "CSCC": "SCC", "DDLS": "DLIP", "DES": "DEST", "DFSP": "DFS",
        "DLBCLNOS": "DLBCL", "EGC": "ST", "ES": "EWS", "ESCA": "ESA", "ESCC": "ESSC", "GEJ": "GEJA", "HCC": "HC",
        "HGSOC": "OVSE", "IDC": "BRCADC", "ILC": "BRCAL", "IMT": "IM", "LGGNOS": "LGG", "LIHB": "HB", "LIPO": "LIP",
        "LMS": "LEIS", "MBL": "MB", "MCC": "MERC", "MDLC": "BRCAMDLC", "MNG": "MEN", "MPNST": "MPN", "NBL": "NB",
        "NPC": "NSPH", "NSGCT": "NSMGCT", "OPHSC": "OPH", "PANET": "PAIS", "PAST": "PIA", "PCM": "MM", "PGNG": "PARG",
        "PRCC": "RPC", "RBL": "RB", "RMS": "RHBDS", "SEM": "SMGCT", "SKCM": "CM", "THFO": "THF", "THME": "THM",
        "THPA": "THP", "UEC": "UCEC", "UM": "UVM",
    },
}  # fmt: skip
"""Codes that have another name in CGI, by the system that defines them. Those with the same name and meaning are not
listed.
"""

_MEANS_ANOTHER = {"oncotree": {"CM", "ES", "ESCA", "LL", "PL"}}
"""Codes that CGI uses too, with another meaning."""

_MOST = 5  # suggestions


class CancerType(NamedTuple):
    """A cancer type of CGI: its code, the codes of its parents, and its name as CGI spells it."""

    code: str
    parents: tuple[str, ...]
    name: str

    def lineage(self) -> list[str]:
        """Return the codes of all ancestors, nearest first."""
        found: list[str] = []
        waiting = list(self.parents)
        while waiting:
            code = waiting.pop(0)
            if code not in found:
                found.append(code)
                waiting += cancer_types()[code].parents
        return found


@cache
def cancer_types() -> dict[str, CancerType]:
    """Return all cancer types by code."""
    types = {}
    for line in _FILE.read_text("utf-8").splitlines()[1:]:
        code, parents, name = line.split("\t")
        types[code] = CancerType(code, tuple(filter(None, parents.split(","))), name)
    return types


def cancer_type(word: str) -> CancerType:
    """Return the cancer type of a code: CGI's own, or `tcga:CODE` or `oncotree:CODE`.

    A code of TCGA or OncoTree that CGI does not use is accepted without its prefix.

    Raises:
        UsageError: there is no such type; the message names similar ones.

    """
    scheme, colon, code = word.strip().rpartition(":")
    scheme, code = scheme.lower(), code.strip().upper()
    if not colon:
        found = cancer_types().get(code)
        foreign = [codes[code] for codes in _FOREIGN.values() if code in codes]
        if found is None and foreign:
            found = cancer_types()[foreign[0]]
    elif scheme in _FOREIGN:
        known = None if code in _MEANS_ANOTHER.get(scheme, ()) else code
        found = cancer_types().get(_FOREIGN[scheme].get(code) or known or "")
    else:
        raise UsageError(
            f"unknown prefix {scheme}:; known prefixes are oncotree: and tcga:",
            remedy="Use CGI's own code without a prefix",
        )
    if found is None:
        similar = ", ".join(f"{one.code} ({one.name})" for one in searched(code))
        raise UsageError(
            f"{word!r} is not a cancer type of CGI",
            remedy=f"Did you mean {similar}? List all with: annotator cgi cancer-types"
            if similar
            else "List all with: annotator cgi cancer-types. CANCER means any cancer",
        )
    return found


def searched(word: str) -> list[CancerType]:
    """Return the types whose code equals a word or whose name contains it; if there are none, similar types."""
    wanted = word.strip().lower()
    types = cancer_types().values()
    holding = [one for one in types if wanted and (wanted == one.code.lower() or wanted in one.name.lower())]
    codes = difflib.get_close_matches(wanted.upper(), cancer_types(), _MOST, 0.6)
    names = {one.name.lower(): one for one in types}
    close = [names[name] for name in difflib.get_close_matches(wanted, names, _MOST, 0.6)]
    return holding or list(dict.fromkeys([*(cancer_types()[code] for code in codes), *close]))[:_MOST]
