"""Detection of the assembly of a VCF from its header.

Lengths and RefSeq accessions of `##contig` lines are proof. Assembly tags of contigs, `##reference` and similar lines
are hints: they name a file or a convention, and survive a liftover. The user's statement decides between hints, and
overrides them if it agrees with the proof; nothing overrides the proof. Any remaining contradiction is an error,
because positions on the wrong assembly are other variants.
"""

from __future__ import annotations

from collections.abc import Sequence

from annotator.errors import AssemblyError
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.assembly import (
    Assembly,
    ContigDeclaration,
    assembly_from_contig,
    assembly_from_text,
    contradicting_lengths,
    is_hg19_mitochondrion,
)
from annotator.vcf.header import Header

__all__ = ["AssemblyVerdict", "ContigNames", "assembly_of"]

_REMEDY = "Use --assembly GRCh37 or --assembly GRCh38"
_CORRECT = "Correct the header, for example with bcftools reheader"


class ContigNames(dict[str, str | None]):
    """Canonical contig by the name in the records; None for a contig that is not part of the assembly.

    Args:
        assembly: the assembly of the records.
        foreign: contigs whose names denote another sequence in this file.

    """

    def __init__(self, assembly: Assembly, foreign: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._assembly = assembly
        self._foreign = foreign

    def __missing__(self, name: str) -> str | None:
        contig = None if name in self._foreign else self._assembly.contig(name)
        self[name] = contig
        return contig


class AssemblyVerdict(NamedTuple):
    """The assembly of a VCF.

    Attributes:
        assembly: the assembly.
        evidence: the strongest evidence: `contig lengths`, `contig accessions`, `contig assembly tags`, `reference
            text` or `--assembly`.
        warnings: contradictions that the stated assembly resolved, as sentences without full stops.
        contig_names: canonical contig by the name in the records. UCSC hg19's mitochondrion is None.

    """

    assembly: Assembly
    evidence: str
    warnings: tuple[str, ...]
    contig_names: ContigNames


class _Evidence(NamedTuple):
    kind: str
    implied: Assembly
    shown: str
    line: int | None


def assembly_of(
    header: Header, *, stated: Assembly | None, path: str, is_required: bool = False
) -> AssemblyVerdict:
    """Return the assembly of a VCF, from its header and the user's statement.

    Args:
        header: header of the VCF.
        stated: assembly that the user states, or that the file must have.
        path: path of the file, for errors.
        is_required: whether no other assembly can be used, so that the file must be replaced.

    Raises:
        AssemblyError: the assembly is unknown, or the evidence contradicts itself or the user.

    """
    contigs = [contig for contig in header.contigs if any(one.contig(contig.name) for one in Assembly)]
    proofs = _proofs(contigs)
    hints = _hints(header)
    if proofs:
        assembly = _proven(proofs, stated, path=path, is_required=is_required)
    else:
        assembly = _supposed(contigs, hints, stated, path=path)
    agreeing = [evidence for evidence in (*proofs, *hints) if evidence.implied is assembly]
    settled = stated is not None and (bool(agreeing) or not hints)
    warnings = []
    for problem, line in _contradictions(contigs, assembly, proofs, hints):
        if not settled:
            raise AssemblyError(problem, path=path, line=line, remedy=_remedy(assembly, proofs, stated))
        warnings.append(f"{problem}; --assembly {assembly} was used")
    kind = agreeing[0].kind if agreeing else "--assembly"
    return AssemblyVerdict(
        assembly,
        kind,
        tuple(warnings),
        ContigNames(assembly, _foreign_mitochondria(header, contigs, assembly)),
    )


def _proofs(contigs: Sequence[ContigDeclaration]) -> list[_Evidence]:
    proofs = []
    for contig in contigs:
        assembly = assembly_from_contig(contig)
        if assembly is not None:
            kind = "contig accessions" if contig.name.startswith("NC_") else "contig lengths"
            proofs.append(_Evidence(kind, assembly, _shown(contig), contig.line))
    return proofs


def _hints(header: Header) -> list[_Evidence]:
    tagged: dict[str, ContigDeclaration] = {}
    for contig in header.contigs:
        if contig.assembly is not None:
            tagged.setdefault(contig.assembly, contig)
    hints = [
        _Evidence(
            "contig assembly tags", named, f"the assembly tag {tag!r} of contig {contig.name}", contig.line
        )
        for tag, contig in tagged.items()
        if (named := assembly_from_text(tag)) is not None
    ]
    hints += [
        _Evidence("reference text", named, f"{key}={text}", line)
        for key, text, line in header.references
        if (named := assembly_from_text(text)) is not None
    ]
    return hints


def _proven(
    proofs: Sequence[_Evidence], stated: Assembly | None, *, path: str, is_required: bool
) -> Assembly:
    """Return the assembly on which the proofs agree."""
    first = proofs[0]
    for other in proofs:
        if other.implied is not first.implied:
            what = f"{first.shown} is {first.implied}, but {other.shown} is {other.implied}"
            raise AssemblyError(what, path=path, line=other.line, remedy=_CORRECT)
    if stated is not None and stated is not first.implied:
        if is_required:
            what = f"{first.shown} is {first.implied}, not {stated}"
            raise AssemblyError(what, path=path, line=first.line, remedy=f"Use a file for {stated}")
        what = f"{first.shown} is {first.implied}, but --assembly is {stated}"
        raise AssemblyError(
            what, path=path, line=first.line, remedy=f"Use --assembly {first.implied}, or omit --assembly"
        )
    return first.implied


def _supposed(
    contigs: Sequence[ContigDeclaration], hints: Sequence[_Evidence], stated: Assembly | None, *, path: str
) -> Assembly:
    """Return the stated assembly, or the one that the hints name first."""
    if stated is not None:
        return stated
    if hints:
        return hints[0].implied
    for contig in contigs:
        if all(contradicting_lengths(assembly, [contig]) for assembly in Assembly):
            what = f"{_shown(contig)} is not part of GRCh37 or GRCh38"
            raise AssemblyError(
                what, path=path, line=contig.line, remedy=f"{_REMEDY} if the contig belongs to one of them"
            )
    raise AssemblyError("the header does not state the assembly", path=path, remedy=_REMEDY)


def _contradictions(
    contigs: Sequence[ContigDeclaration],
    assembly: Assembly,
    proofs: Sequence[_Evidence],
    hints: Sequence[_Evidence],
) -> list[tuple[str, int | None]]:
    """Return the evidence against the assembly, each kind once, with the line where it was first seen."""
    support = next((evidence.shown for evidence in (*proofs, *hints) if evidence.implied is assembly), None)
    because = "" if support is None else f", which {support} shows"
    found = []
    lengths = contradicting_lengths(assembly, contigs)
    if lengths:
        others = f" (and {len(lengths) - 1} more)" if len(lengths) > 1 else ""
        found.append((f"{_shown(lengths[0])}{others} is not part of {assembly}{because}", lengths[0].line))
    for kind in ("contig assembly tags", "reference text"):
        against = [hint for hint in hints if hint.kind == kind and hint.implied is not assembly]
        if against:
            found.append(
                (f"{against[0].shown} is {against[0].implied}, not {assembly}{because}", against[0].line)
            )
    return found


def _remedy(assembly: Assembly, proofs: Sequence[_Evidence], stated: Assembly | None) -> str:
    if stated is not None:
        return f"{_CORRECT}, if --assembly {stated} is right"
    if proofs:
        return f"Use --assembly {assembly} if it is correct nevertheless"
    return _REMEDY


def _shown(contig: ContigDeclaration) -> str:
    return (
        f"contig {contig.name}"
        if contig.length is None
        else f"contig {contig.name} of {contig.length:,} bases"
    )


def _foreign_mitochondria(
    header: Header, contigs: Sequence[ContigDeclaration], assembly: Assembly
) -> frozenset[str]:
    """Return the names that denote UCSC hg19's mitochondrion in this file.

    The length decides. Without one, a `chrM` in a GRCh37 file that calls its reference hg19 is taken as UCSC's.
    """
    named = [contig for contig in contigs if assembly.contig(contig.name) == "MT"]
    foreign = {contig.name for contig in named if is_hg19_mitochondrion(contig)}
    if assembly is Assembly.GRCH37 and _names_hg19(header):
        measured = {contig.name for contig in named if contig.length is not None}
        foreign |= {"chrM", "M"} - measured
    return frozenset(foreign)


def _names_hg19(header: Header) -> bool:
    texts = [reference.text for reference in header.references]
    tags = [contig.assembly for contig in header.contigs if contig.assembly is not None]
    return any("hg19" in text.lower() for text in (*texts, *tags))
