"""Conversion of VCF text to BCF and back by pysam's bcftools: `bcftools view`, which changes no INFO.

Neither of the Python interfaces to htslib is suitable: pysam's writer adapts INFO/END to the length of the record, so
that it adds an END beside SVLEN and removes one that REF implies (its header then lacks END, and nothing can read the
file); cyvcf2's htslib is too old for the phase of a first allele, `/0|1`.

A chunk is written to a file, read by bcftools, and written to another file in the other format. The files have no names
(they are opened again through /dev/fd), so that nothing is left of them after a crash. `vcf.bcf_values` first finds
values that BCF cannot hold as declared: htslib would silently drop them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from itertools import groupby

from annotator.errors import InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import actual_cause
from annotator.runtime.scratch import scratch_file
from annotator.vcf.bcf import Dictionary, Records, cut, header_size, header_text, malformed
from annotator.vcf.bcf_values import DeclaredTypes
from annotator.vcf.bgzf import inflate, read_blocks
from annotator.vcf.bounds import check_numbers
from annotator.vcf.htslib import quiet, reasons

__all__ = ["Decoder", "Encoded", "Encoder", "binary_header", "text_header"]

_TEXT, _BINARY = "-Ov", "-Ou"
_REMEDY = "Correct it, or write VCF with -O z"


def binary_header(header: bytes, *, path: str) -> bytes:
    """Return a header in BCF form, from the magic to the end of its text, with the `IDX` of each line.

    A line with an `IDX` keeps it; others get the next free one.

    Args:
        header: header of a VCF, as text; or of a BCF, from the magic to the end of its text.
        path: name of the file, for errors.

    Raises:
        InputError: htslib cannot read it.

    """
    return _header(header, _BINARY, path=path)


def text_header(head: bytes, *, path: str) -> bytes:
    """Return the header of a BCF as text, without `IDX`, as `bcftools view` shows it."""
    return _header(head, _TEXT, path=path)


def _header(header: bytes, mode: str, *, path: str) -> bytes:
    check_numbers(header, path)
    try:
        return _transcoded(header, mode)
    except _RefusedError as error:
        why = _why(header, mode)
        raise InputError(
            f"htslib cannot read the header{why}",
            path=path,
            remedy="Correct it, for example with bcftools reheader",
        ) from error


class Decoder:
    """Conversion of the records of a BCF into VCF lines.

    Args:
        head: header of the BCF, as `binary_header` returns it.
        path: name of the input, for errors.

    """

    def __init__(self, head: bytes, *, path: str) -> None:
        self._head = head
        self._path = path

    def lines(self, records: Records) -> bytes:
        """Return records as lines.

        Raises:
            InputError: a record is malformed.

        """
        try:
            return self._lines(records.data, len(records.starts))
        except _RefusedError as error:
            number = _first_refused(
                len(records.starts), lambda first, stop: self._is_refused(records, first, stop)
            )
            raise malformed(records, number, Dictionary(self._head), self._path) from error

    def _lines(self, data: bytes, expected: int) -> bytes:
        text = _transcoded(self._head + data, _TEXT)
        lines = text[text.index(b"\n", text.index(b"\n#CHROM\t") + 1) + 1 :]
        if lines.count(b"\n") != expected:
            raise _RefusedError
        return lines

    def _is_refused(self, records: Records, first: int, stop: int) -> bool:
        part = records.chosen(range(first, stop))
        try:
            self._lines(part.data, stop - first)
        except _RefusedError:
            return True
        return False


class Encoded(NamedTuple):
    """Records of a BCF.

    Attributes:
        data: the records.
        rounded: number of QUAL and FORMAT values that are too small for 32-bit floats, which became 0 or lost digits.
        first_rounded: the first of these, with its position.

    """

    data: bytes
    rounded: int = 0
    first_rounded: str = ""


class Encoder:
    """Conversion of VCF lines into the records of a BCF.

    Args:
        head: header of the BCF, as `binary_header` returns it.
        path: name of the input, for errors.

    """

    def __init__(self, head: bytes, *, path: str) -> None:
        self._header = header_text(head)
        self._dictionary = Dictionary(head)
        self._types = DeclaredTypes(self._header)
        self._contigs = {
            name.encode("utf-8", "surrogateescape") for name in self._dictionary.contigs.values()
        }
        self._path = path

    def records(self, lines: bytes) -> Encoded:
        """Return whole lines as records.

        Raises:
            InputError: a record cannot be stored in BCF, or uses an id that the header does not declare. Its line
                number is relative to the first line of the call.

        """
        if not lines:
            return Encoded(b"")
        split = lines.removesuffix(b"\n").split(b"\n")
        rounded, first = 0, ""
        for loss in self._types.losses(lines):
            line = split[loss.line]
            if loss.why:
                what = f"cannot be stored in BCF: {loss.value} {loss.why}"
                raise self._error(line, loss.line, what, _REMEDY)
            rounded, first = rounded + 1, first or f"{loss.value} at {_where(line)}"
        return Encoded(self._as_declared(lines, split), rounded, first)

    def _as_declared(self, lines: bytes, split: Sequence[bytes]) -> bytes:
        """Return lines as records, with INFO that does not fit its type as text."""
        misfits = self._types.misfits(lines)
        if not misfits:
            return self._encoded(split, 0, self._header)
        parts = []
        for keys, run in groupby(range(len(split)), lambda number: misfits.get(number, frozenset())):
            numbers = list(run)
            header = self._types.as_text(keys) if keys else self._header
            parts.append(self._encoded([split[number] for number in numbers], numbers[0], header))
        return b"".join(parts)

    def _encoded(self, lines: Sequence[bytes], first: int, header: bytes) -> bytes:
        """Return lines as records; `first` is the 0-based number of the first one."""
        for number, line in enumerate(lines):
            # htslib would invent such a contig, too late for a header that is already written.
            if line[: line.find(b"\t")] not in self._contigs:
                raise self._refused(line, first + number, "")
        try:
            return self._transcoded(lines, header)
        except _RefusedError as error:
            number = _first_refused(
                len(lines), lambda start, stop: self._is_refused(lines[start:stop], header)
            )
            why = _why(header + lines[number] + b"\n", _BINARY)
            raise self._refused(lines[number], first + number, why) from error

    def _transcoded(self, lines: Sequence[bytes], header: bytes) -> bytes:
        data = _transcoded(header + b"\n".join(lines) + b"\n", _BINARY)
        records, rest, _ = cut(data[header_size(data) :])
        if rest or len(records.starts) != len(lines):
            raise _RefusedError
        return records.data

    def _is_refused(self, lines: Sequence[bytes], header: bytes) -> bool:
        try:
            self._transcoded(lines, header)
        except _RefusedError:
            return True
        return False

    def _refused(self, line: bytes, number: int, why: str) -> InputError:
        undeclared = self._dictionary.undeclared(line.decode("utf-8", "surrogateescape"))
        if undeclared is None:
            return self._error(line, number, f"cannot be stored in BCF{why}", _REMEDY)
        what = f"uses {undeclared}, which the header does not declare, as BCF requires"
        remedy = (
            "Declare it (bcftools reheader --fai for contigs, bcftools annotate -h for others), or "
            "write VCF with -O z"
        )
        return self._error(line, number, what, remedy)

    def _error(self, line: bytes, number: int, what: str, remedy: str) -> InputError:
        return InputError(
            f"the record at {_where(line)} {what}", path=self._path, line=number + 1, remedy=remedy
        )


def _where(line: bytes) -> str:
    return b":".join(line.split(b"\t", 2)[:2]).decode("utf-8", "replace")


class _RefusedError(Exception):
    """Data that htslib cannot read or write."""


def _first_refused(count: int, is_refused: Callable[[int, int], bool]) -> int:
    """Return the number of the first refused record, by bisection; at least one is refused."""
    first, stop = 0, count
    while stop - first > 1:
        middle = (first + stop) // 2
        if is_refused(first, middle):
            stop = middle
        else:
            first = middle
    return first


def _transcoded(data: bytes, mode: str, *, is_quiet: bool = True) -> bytes:
    """Return a VCF or BCF in the other format, uncompressed.

    Raises:
        _RefusedError: bcftools cannot read or write it.

    """
    from pysam import bcftools
    from pysam.utils import SamtoolsError

    with scratch_file() as source, scratch_file() as target:
        source.write(data)
        source.seek(0)
        names = (f"/dev/fd/{file.fileno()}" for file in (target, source))
        try:
            with quiet() if is_quiet else nullcontext():
                bcftools.view("--no-version", mode, "-o", *names, catch_stdout=False)
        except SamtoolsError as error:
            raise _RefusedError from error
        except OSError as error:
            raise actual_cause(error) from error
        target.seek(0)
        if mode == _TEXT:
            return target.read()
        blocks = read_blocks(target, path="a temporary file")
        return b"".join([inflate(block, path="a temporary file") for block in blocks])


def _why(data: bytes, mode: str) -> str:
    """Return htslib's reason for refusing data, as the end of a sentence."""
    with reasons() as messages, suppress(_RefusedError):
        _transcoded(data, mode, is_quiet=False)
    return f" ({messages[0]})" if messages else ""
