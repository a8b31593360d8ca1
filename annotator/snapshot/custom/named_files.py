"""The files of the user's own knowledge bases, by the names that the user chose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.registry import KNOWLEDGE_BASES, fields_of
from annotator.sources.status import STATUS_ID

__all__ = ["COLUMN_FIELDS", "WRONG_NUMBER", "WRONG_TYPE", "NamedFiles", "NamedVcf", "check_ids", "check_kept"]

WRONG_NUMBER = "wrong number of values"
WRONG_TYPE = "not one number of the declared type"
"""Reasons for a missing value, in the counts of a file."""

COLUMN_FIELDS = ("ID", "QUAL", "FILTER")
"""Columns of a VCF that can be chosen like INFO fields."""

_NAME = r"[A-Za-z][A-Za-z0-9_]{0,29}"
_SYNTAX = "Use letters, digits and _, and begin with a letter"

_MEANING = """
AA AC AD ADF ADR AF AN BQ CIGAR DB DP END H2 H3 MQ MQ0 NS SB SOMATIC VALIDATED
IMPRECISE NOVEL SVTYPE SVLEN CIPOS CIEND HOMLEN HOMSEQ BKPTID MEINFO METRANS DGVID DBVARID DBRIPID MATEID PARID
EVENT EVENTTYPE CILEN DPADJ CN CNADJ CICN CICNADJ SVCLAIM RN RUS RUL RUC RUB CIRUC CIRB RB
CSQ ANN EFF BCSQ LOF NMD
"""
_WITH_MEANING = frozenset(_MEANING.split())
"""INFO keys that the VCF specification (4.5, sections 1.6.1 and 3) or an annotation program defines."""


class NamedVcf(NamedTuple):
    """A VCF or BCF.

    Attributes:
        path: the file.
        fields: INFO keys, or columns of `COLUMN_FIELDS`, whose values are kept.

    """

    path: Path
    fields: tuple[str, ...]


class NamedFiles(NamedTuple):
    """The files of the user's knowledge bases by name.

    Attributes:
        vcf: files whose records are found by allele.
        bed: BED or bedGraph files, whose regions are found by overlap.

    """

    vcf: Mapping[str, NamedVcf] = {}
    bed: Mapping[str, Path] = {}

    @classmethod
    def of(
        cls,
        vcf: Mapping[str, str | Path],
        fields: Mapping[str, Sequence[str]],
        bed: Mapping[str, str | Path],
    ) -> NamedFiles:
        """Return the files.

        Args:
            vcf: VCF or BCF by name.
            fields: INFO keys to keep by name.
            bed: BED or bedGraph by name.

        Raises:
            UsageError: a name is not allowed, is used twice, or has no fields; or two INFO fields would have the same
                name.

        """
        for name in (*vcf, *bed):
            _check_name(name)
        if twice := sorted(vcf.keys() & bed.keys()):
            raise UsageError(
                f"the name {twice[0]} is used for a VCF and a BED file", remedy="Choose another name"
            )
        for name in fields:
            if name not in vcf:
                raise UsageError(
                    f"--vcf-fields has the name {name}, but no --vcf has it",
                    remedy=f"Add --vcf {name}=FILE, or correct the name",
                )
        for name in vcf:
            if not fields.get(name):
                raise UsageError(
                    f"no fields are chosen for --vcf {name}",
                    remedy=f"List its INFO fields, for example --vcf-fields {name}:AF,AC",
                )
        named = {name: NamedVcf(Path(path), tuple(dict.fromkeys(fields[name]))) for name, path in vcf.items()}
        _check_unique(_ids(named, bed))
        return cls(named, {name: Path(path) for name, path in bed.items()})


def _check_name(name: str) -> None:
    if re.fullmatch(_NAME, name) is None:
        raise UsageError(f"{name!r} is not allowed as the name of a file", remedy=_SYNTAX)
    if name in KNOWLEDGE_BASES:
        raise UsageError(f"the name {name} belongs to another knowledge base", remedy="Choose another name")


def check_kept(files: NamedFiles, kept: Mapping[str, Iterable[str]]) -> None:
    """Refuse a file that would have a name or an INFO field of a knowledge base that a snapshot has already.

    Args:
        files: the new files.
        kept: INFO fields by the name of a kept file of the user's.

    Raises:
        UsageError: a name or a field has two owners.

    """
    new = {*files.vcf, *files.bed}
    for name in kept:
        if name in new:
            raise UsageError(
                f"the snapshot has a file of another kind with the name {name}", remedy="Choose another name"
            )
    others = [(id_, name) for name, ids in kept.items() for id_ in ids]
    _check_unique([*others, *_ids(files.vcf, files.bed)])


def _ids(vcf: Mapping[str, NamedVcf], bed: Iterable[str]) -> list[tuple[str, str]]:
    """Return the INFO fields of files, each with the name of its file."""
    return [(f"{name}_{key}", name) for name, one in vcf.items() for key in one.fields] + [
        (name, name) for name in bed
    ]


def _check_unique(ids: Iterable[tuple[str, str]]) -> None:
    """Refuse an INFO field that two files would have, such as `a_b_AF` of `a:b_AF` and `a_b:AF`."""
    owners: dict[str, str] = {}
    for id_, name in ids:
        if id_ in owners:
            raise UsageError(
                f"the files {owners[id_]} and {name} would both have the INFO field {id_}",
                remedy="Choose another name for one of the files",
            )
        owners[id_] = name


def check_ids(name: str, ids: Iterable[str]) -> None:
    """Refuse INFO fields that already mean something else.

    Raises:
        UsageError: the id has a meaning in every VCF, a field of another knowledge base has it, or it cannot be one.

    """
    ours = {field.id: base.title for one, base in KNOWLEDGE_BASES.items() for field in fields_of(one)}
    ours[STATUS_ID] = "annotator"
    for id_ in ids:
        if id_ in _WITH_MEANING:
            raise UsageError(
                f"the field {id_} of {name} would have the name of an INFO field that the VCF specification or an "
                "annotation program defines",
                remedy="Choose another name for the file",
            )
        if id_ in ours:
            raise UsageError(
                f"the field {id_} of {name} would have the name of a field of {ours[id_]}",
                remedy="Choose another name for the file",
            )
        if re.fullmatch(r"[A-Za-z_][0-9A-Za-z_.]*", id_) is None:
            raise UsageError(f"the name {id_} cannot be an INFO field", remedy=_SYNTAX)
