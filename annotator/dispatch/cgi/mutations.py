"""The mutations file sent to CGI, and the manifest that maps its rows to records and alleles.

The file is tab-separated with the lower-case header `chr pos ref alt sample`: CGI repeats such columns unchanged in its
result, while upper-case ones or a VCF's are mixed with its own (observed in its results of 2024). A row is one allele,
written as in VCF and without redundant bases; contigs have no `chr`. Rows are sorted by contig and position, and equal
alleles have one row.

CGI's result refers to row numbers. The manifest, beside the file, lists for each row the records and alleles that it
represents, and for each omitted allele the reason. All mutations of a tumour are in one file: CGI takes a gene without
any as wild type.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from annotator.annotation.run import Carried
from annotator.dispatch.cgi.structural import Fusions, Origin, gene_change
from annotator.errors import DispatchError
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.allele import unsupported_reason
from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly
from annotator.variants.copy_number import AMPLIFICATION_COPIES
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.files import atomic_output
from annotator.vcf.genotypes import CarriedRecord
from annotator.vcf.header import Header

__all__ = [
    "REFERENCES",
    "Mutation",
    "Mutations",
    "manifest_path",
    "mutations_of",
    "part_path",
    "write_carried",
]

REFERENCES = {Assembly.GRCH37: "hg19", Assembly.GRCH38: "hg38"}
"""CGI's names of the assemblies."""

_HEADERS = {
    "mutations": "chr\tpos\tref\talt\tsample",
    "cnas": "gene\tcna\tsample",
    "translocations": "fus\tsample",
}
_ORDER = {contig: number for number, contig in enumerate(CANONICAL_CONTIGS)}
_FORMAT = 1
_MANY = 2000  # number of lines at which a pipeline that used CGI for years stopped sending them
_AGAIN = "Write both files again with: annotator cgi mutations"
_COLUMNS = ("file", "row", "record", "allele", "chrom", "pos", "ref", "alt", "reason")


class Mutation(NamedTuple):
    """A row of the mutations file: canonical contig, 1-based POS, REF and ALT without redundant bases."""

    contig: str
    position: int
    ref: str
    alt: str

    @property
    def row(self) -> tuple[str, ...]:
        """Return its columns, without the sample."""
        return (self.contig, str(self.position), self.ref, self.alt)


@dataclass
class Mutations:
    """Submission for one sample, and the origin of each row.

    Attributes:
        sample: name of the sample.
        assembly: assembly of the positions.
        rows: content of each file (`mutations`, `cnas`, `translocations`) row by row, without the sample.
        origins: by file, the 1-based number of the row, and the allele that it represents.
        left_out: carried alleles that are not sent, and the reason: one word or a few joined by `_`.

    """

    sample: str
    assembly: Assembly
    rows: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    origins: dict[str, list[tuple[int, Origin]]] = field(default_factory=dict)
    left_out: list[tuple[Origin, str]] = field(default_factory=list)

    def content(self, file: str) -> bytes:
        """Return the content of a file that is sent."""
        lines = [_HEADERS[file], *("\t".join((*row, self.sample)) for row in self.rows.get(file, ()))]
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")

    def mutation(self, row: int) -> Mutation:
        """Return the mutation in a row of the mutations file, counted from 1."""
        contig, position, ref, alt = self.rows["mutations"][row - 1]
        return Mutation(contig, int(position), ref, alt)

    @property
    def reasons(self) -> Counter[str]:
        """Return the numbers of omitted alleles, by reason."""
        return Counter(reason for _, reason in self.left_out)

    def summary_lines(self) -> list[str]:
        """Return what was written, as lines to print."""
        counts = [
            f"{len(self.rows.get(file, ())):,} {file}"
            for file in _HEADERS
            if self.rows.get(file) or file == "mutations"
        ]
        lines = [f"CGI input: {', '.join(counts)} of sample {self.sample} ({REFERENCES[self.assembly]})"]
        if len(self.rows.get("mutations", ())) > _MANY:
            lines.append(
                "CGI input: this is a large number, and CGI does not publish its limit; check that "
                "these are filtered tumour calls"
            )
        if self.left_out:
            reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(self.reasons.items()))
            lines.append(f"CGI input, left out: {reasons}")
        return lines

    def write(self, path: Path) -> None:
        """Write the mutations file, those of copy numbers and fusions if there are any, and the manifest.

        Raises:
            OutputError: a file cannot be written.

        """
        for file in _HEADERS:
            target = part_path(path, file)
            if file == "mutations" or self.rows.get(file):
                with atomic_output(str(target)) as output:
                    output.file.write(self.content(file))
            else:
                target.unlink(missing_ok=True)  # from an earlier run: it would be sent with the new one
        with atomic_output(str(manifest_path(path))) as output:
            output.file.write(self._manifest().encode("utf-8", "surrogateescape"))

    def _manifest(self) -> str:
        facts = {"format": str(_FORMAT), "sample": self.sample, "assembly": self.assembly.value}
        for file in _HEADERS:
            if file == "mutations" or self.rows.get(file):
                facts[file] = hashlib.sha256(self.content(file)).hexdigest()
        lines = [f"##{key}={value}" for key, value in facts.items()]
        lines.append("\t".join(_COLUMNS))
        for file, origins in self.origins.items():
            lines += ["\t".join((file, str(row), *map(str, origin), ".")) for row, origin in origins]
        lines += ["\t".join((".", ".", *map(str, origin), reason)) for origin, reason in self.left_out]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def read(cls, manifest: Path, checksum: str) -> Self:
        """Read a manifest, which determines the whole mutations file.

        Args:
            manifest: path of the manifest.
            checksum: SHA-256 of the mutations file that was sent.

        Raises:
            DispatchError: the manifest is missing, damaged, or belongs to another file.

        """
        try:
            made = cls._parsed(manifest.read_text("utf-8", "surrogateescape").split("\n"))
        except OSError as error:
            raise DispatchError(
                f"the manifest cannot be read ({error.strerror})",
                path=manifest,
                remedy="Keep it beside the mutations file, or use --manifest",
            ) from error
        except (ValueError, KeyError, IndexError) as error:
            raise DispatchError(
                "the file is not a manifest of mutations", path=manifest, remedy=_AGAIN
            ) from error
        if hashlib.sha256(made.content("mutations")).hexdigest() != checksum:
            raise DispatchError(
                "the manifest does not belong to the mutations that were sent", path=manifest, remedy=_AGAIN
            )
        return made

    @classmethod
    def _parsed(cls, lines: Sequence[str]) -> Self:
        facts = dict(line[2:].split("=", 1) for line in lines if line.startswith("##"))
        made = cls(facts["sample"], Assembly(facts["assembly"]))
        if facts["format"] != str(_FORMAT) or tuple(lines[len(facts)].split("\t")) != _COLUMNS:
            raise ValueError
        rows: dict[int, tuple[str, ...]] = {}
        for line in filter(None, lines[len(facts) + 1 :]):
            file, row, record, allele, contig, position, ref, alt, reason = line.split("\t")
            origin = Origin(int(record), int(allele), contig, int(position), ref, alt)
            if file == ".":
                made.left_out.append((origin, reason))
                continue
            made.origins.setdefault(file, []).append((int(row), origin))
            if file == "mutations":
                name = made.assembly.contig(contig)
                if name is None:
                    raise ValueError
                rows[int(row)] = _trimmed(name, origin.position, ref.upper(), alt.upper()).row
        made.rows["mutations"] = [rows[number] for number in range(1, len(rows) + 1)]
        return made


def manifest_path(mutations: Path) -> Path:
    """Return the path of the manifest of a mutations file."""
    return part_path(mutations, "manifest")


def part_path(mutations: Path, part: str) -> Path:
    """Return the path of a file that belongs to a mutations file: `NAME.tsv` has `NAME.manifest.tsv`."""
    if part == "mutations":
        return mutations
    stem = mutations.name.removesuffix(".tsv")
    return mutations.with_name(f"{stem}.{part}.tsv")


def write_carried(carried: Carried) -> Mutations:
    """Write the submission for a sample whose alleles were collected during annotation.

    Raises:
        OutputError: the file cannot be written.

    """
    mutations = mutations_of(
        carried.records,
        carried.sample,
        carried.assembly,
        carried.contig_names,
        carried.header,
        amplification_copies=carried.amplification_copies,
    )
    mutations.write(carried.path)
    return mutations


def mutations_of(
    records: Iterable[CarriedRecord],
    sample: str,
    assembly: Assembly,
    contig_names: Mapping[str, str | None],
    header: Header,
    *,
    amplification_copies: float = AMPLIFICATION_COPIES,
) -> Mutations:
    """Return the submission for a sample.

    Args:
        records: records of which the sample carries an ALT.
        sample: name of the sample.
        assembly: assembly of the input.
        contig_names: canonical contig by CHROM as written, None if the assembly does not have it.
        header: header of the input; it defines how annotations name genes.
        amplification_copies: copy number from which a gain is an amplification.

    """
    made = Mutations(sample, assembly)
    annotations = Annotations.of(header.info)
    found: dict[str, list[tuple[tuple[str, ...], Origin]]] = {file: [] for file in _HEADERS}
    fusions = Fusions(annotations)
    for record in records:
        for number, alt in record.alts:
            origin = Origin(record.number + 1, number, record.contig, record.position, record.ref, alt)
            row, reason = _row(record, alt, contig_names, assembly)
            if row is not None:
                found["mutations"].append((row, origin))
            elif reason == "breakend":
                fusions.add(origin, record, number)
            elif reason == "symbolic":
                contig = contig_names[record.contig]
                change = gene_change(
                    record,
                    number,
                    annotations,
                    contig,
                    amplification_copies,
                    has_allelic_copies=header.has_allelic_copies,
                )
                found["cnas"] += [((gene, change.kind), origin) for gene in change.genes]
                made.left_out += [] if change.genes else [(origin, change.reason)]
            else:
                made.left_out.append((origin, reason))
    paired, unpaired = fusions.paired()
    found["translocations"] = [((fusion,), origin) for fusion, origin in paired]
    made.left_out = sorted([*made.left_out, *unpaired])
    for file, pairs in found.items():
        made.rows[file], made.origins[file] = _numbered(pairs)
    return made


def _row(
    record: CarriedRecord, alt: str, contig_names: Mapping[str, str | None], assembly: Assembly
) -> tuple[tuple[str, ...] | None, str]:
    """Return an allele's row, or the reason why it has none."""
    reason = unsupported_reason(record.ref, alt)
    contig = contig_names[record.contig]
    if not record.has_genotype:
        return None, "no_genotype"
    if reason is not None:
        return None, reason
    if contig == "MT" or record.contig.upper() in {"M", "CHRM", "MT"}:
        return None, "mitochondrial"  # one such row makes the service reject the whole job
    if contig not in _ORDER:
        return None, "unknown_contig"
    mutation = _trimmed(contig, record.position, record.ref.upper(), alt.upper())
    if mutation.position + len(mutation.ref) - 1 > assembly.lengths[contig]:
        return None, "beyond_contig"
    return mutation.row, ""


def _trimmed(contig: str, position: int, ref: str, alt: str) -> Mutation:
    """Remove the bases that both alleles share, except one if a side would be empty (VCF 4.3, 1.6.1)."""
    while min(len(ref), len(alt)) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while min(len(ref), len(alt)) > 1 and ref[0] == alt[0]:
        ref, alt, position = ref[1:], alt[1:], position + 1
    return Mutation(contig, position, ref, alt)


def _numbered(
    pairs: Sequence[tuple[tuple[str, ...], Origin]],
) -> tuple[list[tuple[str, ...]], list[tuple[int, Origin]]]:
    """Sort rows, merge equal ones, and number them."""
    rows = sorted({row for row, _ in pairs}, key=_place)
    numbers = {row: number for number, row in enumerate(rows, 1)}
    return rows, sorted((numbers[row], origin) for row, origin in pairs)


def _place(row: tuple[str, ...]) -> tuple[int, int, tuple[str, ...]]:
    is_mutation = len(row) == 4
    return (_ORDER[row[0]], int(row[1]), row[2:]) if is_mutation else (0, 0, row)
