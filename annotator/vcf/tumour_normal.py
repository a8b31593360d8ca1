"""Recognition of the tumour samples of a file and their normals.

Sources in this order; the first that names columns of the file is used:

    the user            --tumour, --normal
    Mutect2             ##tumor_sample=NAME, ##normal_sample=NAME (there can be several normals)
    VCF 4.1, 4.2        ##PEDIGREE=<Derived=TUMOUR,Original=NORMAL>
    VCF 4.3             ##PEDIGREE=<ID=TUMOUR,Original=NORMAL>
    MuSE                ##TUMOR="Sample=NAME,…", ##NORMAL="Sample=NAME,…"
    megSAP              ##SAMPLE=<ID=NAME,IsTumor=yes>
    names               TUMOR, TUMOUR, NORMAL, DNA_TUMOR, RNA_TUMOR, TUMOR.variant; pairs such as P1_tumor and P1_normal

The order of the columns is not used, because callers differ. A header line that names no column of the file is ignored:
files are merged, renamed and cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.header import Header
from annotator.vcf.meta_lines import structured_values

__all__ = ["Pairing", "normal_columns", "pairings"]

_TUMOUR, _NORMAL = "tumour", "normal"
_WORDS = {"tumor": _TUMOUR, "tumour": _TUMOUR, "t": _TUMOUR, "normal": _NORMAL, "n": _NORMAL}
# Patterns are text: the re module compiles and caches them at their first use, which keeps the import fast.
_PLAIN = r"(?i)(?:dna[_.-]|rna[_.-])?(tumou?r|normal)(?:\..*)?"
_AFFIXED = r"(?i)(.+)[_.-](tumou?r|normal|t|n)|(tumou?r|normal)[_.-](.+)"
_MUSE = r'"?Sample=([^,"]+)'


class Pairing(NamedTuple):
    """Samples of one patient.

    Attributes:
        tumours: names of the tumour columns.
        normals: names of the normal columns; empty for a tumour without a normal.
        evidence: how they were recognised, as text for people.

    """

    tumours: tuple[str, ...]
    normals: tuple[str, ...]
    evidence: str


def pairings(
    samples: Sequence[str],
    meta: Iterable[str],
    tumours: Sequence[str] = (),
    normals: Sequence[str] = (),
    *,
    path: str = "",
) -> list[Pairing]:
    """Return the samples of each patient whose tumour sample is known.

    Args:
        samples: names in the order of the columns.
        meta: lines of the header before #CHROM.
        tumours: samples that the user named as tumours; those of other files are ignored.
        normals: samples that the user named as normals; those of other files are ignored.
        path: path of the input, for errors.

    Raises:
        UsageError: the user named a sample both as a tumour and as a normal.

    """
    both = set(tumours) & set(normals)
    if both:
        raise UsageError(
            f"sample {sorted(both)[0]!r} is named both as a tumour and as a normal sample",
            path=path or None,
            remedy="Use each sample in only one of --tumour and --normal",
        )
    named = _present(tumours, samples), _present(normals, samples)
    if any(named):
        return [Pairing(*named, "set by the user")]
    lines = list(meta)
    for found in (_of_mutect(lines, samples), _of_pedigree(lines, samples), _of_muse(lines, samples)):
        if found:
            return found
    return _of_sample_lines(lines, samples) or _of_names(samples)


def normal_columns(header: Header) -> frozenset[int]:
    """Return the 0-based sample columns of normals that belong to a tumour, counted from the first sample."""
    if len(header.samples) < 2:
        return frozenset()
    found = pairings(header.samples, header.meta, path=header.path)
    normals = {name for pairing in found for name in pairing.normals}
    return frozenset(number for number, name in enumerate(header.samples) if name in normals)


def _present(names: Iterable[str], samples: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(names) if name in samples)


def _values(lines: Iterable[str], key: str) -> Iterator[str]:
    prefix = f"##{key}="
    return (line.removeprefix(prefix).strip() for line in lines if line.startswith(prefix))


def _of_mutect(lines: Sequence[str], samples: Sequence[str]) -> list[Pairing]:
    tumours = _present(_values(lines, "tumor_sample"), samples)
    normals = _present(_values(lines, "normal_sample"), samples)
    # GATK keeps the line when it combines files of germline calls: then one of many samples is named.
    if not tumours or (not normals and len(samples) > 1):
        return []
    return [Pairing(tumours, normals, "##tumor_sample and ##normal_sample" if normals else "##tumor_sample")]


def _of_pedigree(lines: Sequence[str], samples: Sequence[str]) -> list[Pairing]:
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("##PEDIGREE=<"):
            values = {key: value.strip('"') for key, value in structured_values(line).items()}
            normal, tumour = values.get("Original", ""), values.get("Derived") or values.get("ID", "")
            if normal in samples and tumour in samples and normal != tumour:
                found.setdefault(normal, []).append(tumour)
    return [
        Pairing(tuple(dict.fromkeys(tumours)), (normal,), "##PEDIGREE") for normal, tumours in found.items()
    ]


def _of_muse(lines: Sequence[str], samples: Sequence[str]) -> list[Pairing]:
    tumours, normals = (
        _present([match[1] for text in _values(lines, key) if (match := re.match(_MUSE, text))], samples)
        for key in ("TUMOR", "NORMAL")
    )
    return [Pairing(tumours, normals, "##TUMOR and ##NORMAL")] if tumours and normals else []


def _of_sample_lines(lines: Sequence[str], samples: Sequence[str]) -> list[Pairing]:
    tissues: dict[str, str] = {}
    for line in lines:
        if line.startswith("##SAMPLE=<"):
            values: Mapping[str, str] = structured_values(line)
            answer = values.get("IsTumor", "").strip('"').lower()
            if values.get("ID") in samples and answer in {"yes", "no"}:
                tissues[values["ID"]] = _TUMOUR if answer == "yes" else _NORMAL
    tumours = tuple(one for one in samples if tissues.get(one) == _TUMOUR)
    normals = tuple(one for one in samples if tissues.get(one) == _NORMAL)
    # This line alone does not distinguish several pairs.
    return [Pairing(tumours, normals, "##SAMPLE")] if tumours and len(normals) < 2 else []


def _of_names(samples: Sequence[str]) -> list[Pairing]:
    plain: dict[str, list[str]] = {_TUMOUR: [], _NORMAL: []}
    stems: dict[str, dict[str, list[str]]] = {}
    for sample in samples:
        if match := re.fullmatch(_PLAIN, sample):
            plain[_WORDS[match[1].lower()]].append(sample)
        elif match := re.fullmatch(_AFFIXED, sample):
            stem, word = (match[1], match[2]) if match[1] else (match[4], match[3])
            by_kind = stems.setdefault(stem.lower(), {_TUMOUR: [], _NORMAL: []})
            by_kind[_WORDS[word.lower()]].append(sample)
    found = [
        Pairing(tuple(kinds[_TUMOUR]), tuple(kinds[_NORMAL]), "names of the samples")
        for kinds in (plain, *stems.values())
        if kinds[_TUMOUR] and kinds[_NORMAL]
    ]
    if not found and plain[_TUMOUR]:
        found.append(Pairing(tuple(plain[_TUMOUR]), (), "name of the sample"))
    return found
