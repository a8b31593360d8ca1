"""Extracts the mutations of a file without annotating it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from annotator.dispatch.cgi.mutations import Mutations, mutations_of
from annotator.errors import InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress, counting
from annotator.runtime.text import agreeing, counted
from annotator.variants.assembly import Assembly
from annotator.variants.copy_number import AMPLIFICATION_COPIES
from annotator.vcf.detection import assembly_of
from annotator.vcf.files import Input, InputFormat, open_input
from annotator.vcf.genotypes import CarriedRecord, carried_records, carrier_of
from annotator.vcf.header import Header
from annotator.vcf.text import RecordLines

if TYPE_CHECKING:
    from annotator.vcf.stream import TextStream

__all__ = ["Extracted", "extract_mutations"]


class Extracted(NamedTuple):
    """The mutations of a sample, and warnings about the input, as sentences without full stops."""

    mutations: Mutations
    warnings: tuple[str, ...]


def extract_mutations(
    name: str,
    *,
    sample: str | None = None,
    all_alts: bool = False,
    assembly: Assembly | None = None,
    amplification_copies: float = AMPLIFICATION_COPIES,
    progress: Progress | None = None,
) -> Extracted:
    """Return the mutations of a VCF or BCF that are sent to CGI.

    Args:
        name: path of the input, `-` for standard input.
        sample: name of the sample whose alleles are sent; None for the only sample.
        all_alts: whether to include every ALT, whatever the genotypes are.
        assembly: assembly of the input; None to detect it.
        amplification_copies: copy number from which a gain is an amplification.
        progress: called with the number of bytes read.

    Raises:
        InputError: the input is truncated or malformed, or has no genotypes to show which ALTs the sample carries.
        UsageError: there is no such sample, or there are several and none was chosen.

    """
    with open_input(name) as source:
        source.watch(counting(progress, f"reading {source.title}", source.size))
        header, texts = _opened(source)
        verdict = assembly_of(header, stated=assembly, path=source.name)
        carrier = carrier_of(header.samples, sample, all_alts=all_alts, path=source.name)
        records: list[CarriedRecord] = []
        before = 0
        for text in texts:
            found = carried_records(text, None, carrier)
            records += [record._replace(number=record.number + before) for record in found]
            before += _lines_of(text)
    made = mutations_of(
        records,
        carrier.sample,
        verdict.assembly,
        verdict.contig_names,
        header,
        amplification_copies=amplification_copies,
    )
    return Extracted(made, (*verdict.warnings, *_without_genotype(made, name)))


def _without_genotype(made: Mutations, name: str) -> Iterator[str]:
    """Yield a warning about variants for which it is unknown whether the sample carries them.

    Raises:
        InputError: this applies to all variants, so that an empty file would be sent.

    """
    lacking = made.reasons["no_genotype"]
    if not lacking:
        return
    what = (
        f"{counted(lacking, 'ALT')} of sample {made.sample} {agreeing(lacking, 'has', 'have')} "
        "neither a genotype (GT) nor read counts"
    )
    remedy = "Use --all-alts to send every ALT"
    if not any(made.rows.values()):
        raise InputError(f"{what}, and no other ALT can be sent", path=name, remedy=remedy)
    yield f"{what} and were left out. {remedy}"


def _opened(source: Input) -> tuple[Header, Iterator[bytes]]:
    """Open an input; return its header, and its records as pieces of whole lines."""
    if source.format is InputFormat.BCF:
        from annotator.vcf.binary import BinaryStream
        from annotator.vcf.transcode import Decoder, text_header

        binary = BinaryStream(source)
        decoder = Decoder(binary.head, path=source.name)
        header = Header.parse(text_header(binary.head, path=source.name), path=source.name)
        return header, (decoder.lines(records) for records in binary.chunks())
    from annotator.vcf.stream import TextStream

    stream = TextStream(source)
    return stream.header, _checked(stream, source.name)


def _checked(stream: TextStream, name: str) -> Iterator[bytes]:
    """Yield the text chunk by chunk, after checking that each line is well-formed."""
    first = stream.first_line or 1
    for chunk in stream.chunks():
        text = chunk.text(name)
        lines = text.removesuffix(b"\n").split(b"\n")
        numbers = range(first, first + len(lines))
        RecordLines(lines, len(stream.header.columns), path=name, numbers=numbers)
        first += len(lines)
        yield text


def _lines_of(text: bytes) -> int:
    return text.count(b"\n") + (not text.endswith(b"\n") and text != b"")
