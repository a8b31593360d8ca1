"""Files: recognition of input formats, and outputs that appear only when complete."""

from __future__ import annotations

import contextlib
import enum
import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from annotator.errors import AnnotatorError, InputError, OutputError, UsageError
from annotator.runtime.addresses import is_address, reading_command, shown_address
from annotator.runtime.durable import DurableFile
from annotator.runtime.finished import note_finished
from annotator.runtime.os_errors import blamed, cannot_read, cannot_use, cannot_write
from annotator.runtime.signals import signals_held

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = [
    "STREAM",
    "Input",
    "InputFormat",
    "Output",
    "OutputFormat",
    "WatchedFile",
    "atomic_output",
    "check_indexable",
    "check_writable",
    "is_pipe_or_device",
    "open_input",
]

STREAM = "-"
# First bytes of files compressed by other tools, and what to do about them.
_OTHER_COMPRESSION = {
    b"BZh": ("bzip2", "Decompress it with bunzip2, and compress it with bgzip"),
    b"\xfd7zXZ\x00": ("xz", "Decompress it with unxz, and compress it with bgzip"),
    b"PK\x03\x04": ("zip", "Unpack it with unzip, and compress it with bgzip"),
    b"\x28\xb5\x2f\xfd": ("zstd", "Decompress it with unzstd, and compress it with bgzip"),
    b"7z\xbc\xaf\x27\x1c": ("7-Zip", "Unpack it with 7z, and compress it with bgzip"),
    b"\x04\x22\x4d\x18": ("lz4", "Decompress it with unlz4, and compress it with bgzip"),
    b"\x1f\x9d": ("compress", "Decompress it with uncompress, and compress it with bgzip"),
}
_FIRST = 1 << 12  # bytes examined to recognise a format
_BUFFER = 1 << 18


class InputFormat(enum.StrEnum):
    """Format of an input, recognised by its first bytes."""

    VCF = "vcf"
    GZIP = "gzip"
    BGZF = "bgzf"
    BCF = "bcf"


class OutputFormat(enum.StrEnum):
    """Format of an output, named by the letters of bcftools' `-O`."""

    VCF = "v"
    BGZF = "z"
    BCF = "b"
    BCF_UNCOMPRESSED = "u"

    @property
    def is_bcf(self) -> bool:
        """Whether the format is BCF."""
        return self in {OutputFormat.BCF, OutputFormat.BCF_UNCOMPRESSED}

    @classmethod
    def of(cls, output: str) -> OutputFormat:
        """Return the format for a file's suffix; plain VCF for standard output.

        Raises:
            UsageError: the suffix is unknown.

        """
        suffixes = {
            ".vcf": cls.VCF,
            ".vcf.gz": cls.BGZF,
            ".vcf.bgz": cls.BGZF,
            ".bcf": cls.BCF,
            ".bcf.gz": cls.BCF,
        }
        if output == STREAM:
            return cls.VCF
        for suffix, format_ in suffixes.items():
            if output.lower().endswith(suffix):
                return format_
        raise UsageError(
            "the suffix of the output does not state a format",
            path=output,
            remedy="Use a name that ends in .vcf, .vcf.gz or .bcf, or set the format with -O v, -O "
            "z, -O b or -O u",
        )


class Input:
    """An input opened for reading.

    Attributes:
        name: the path, or `standard input`, for messages.
        path: the path, or None for standard input.
        format: format of the content.
        file: its bytes from the start, including those read to recognise the format.
        size: size in bytes; None for a pipe.
        first: its first bytes, which a file system may return in many small reads.

    """

    file: io.BufferedReader

    def __init__(self, name: str, path: Path | None, raw: WatchedFile) -> None:
        self.name = name
        self.path = path
        self._raw = raw
        status = os.fstat(raw.fileno())
        self.size = status.st_size if stat.S_ISREG(status.st_mode) else None
        seekable = raw.seekable()
        start = raw.tell() if seekable else 0  # a shell may have read the beginning already
        self.first = first = _read_first(raw)
        self.format = _recognise(first, name)
        if seekable:
            raw.seek(start)
            self.file = io.BufferedReader(raw, _BUFFER)
        else:
            self.file = io.BufferedReader(_Prefixed(first, raw), _BUFFER)

    @property
    def title(self) -> str:
        """File name without folders."""
        return self.name if self.path is None else self.path.name

    def watch(self, advanced: Callable[[int], None]) -> None:
        """Report the bytes read from now on, and those read already, to a function.

        Args:
            advanced: called with a number of bytes each time the buffer is filled.

        """
        advanced(self._raw.count)
        self._raw.advanced = advanced


class WatchedFile(io.FileIO):
    """A file that counts the bytes read from it, once per buffer, at no measurable cost.

    Attributes:
        count: number of bytes read into buffers.
        advanced: called with each such number; None for no call.

    """

    count = 0
    advanced: Callable[[int], None] | None = None

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Fill a buffer and count its bytes."""
        taken = super().readinto(buffer)
        self.count += taken or 0
        if self.advanced is not None and taken:
            self.advanced(taken)
        return taken


def _read_first(raw: io.FileIO) -> bytes:
    """Read the first bytes, however few of them a pipe returns at a time."""
    first = b""
    while len(first) < _FIRST and (piece := raw.read(_FIRST - len(first))):
        first += piece
    return first


class _Prefixed(io.RawIOBase):
    """Bytes already read from a stream, followed by the rest of it: a pipe cannot be rewound."""

    def __init__(self, first: bytes, rest: io.FileIO) -> None:
        self._first = first
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        if not self._first:
            return self._rest.readinto(buffer)
        view = memoryview(buffer)
        taken, self._first = self._first[: len(view)], self._first[len(view) :]
        view[: len(taken)] = taken
        return len(taken)


@contextlib.contextmanager
def open_input(name: str) -> Iterator[Input]:
    """Open a path, or standard input for `-`.

    Raises:
        InputError: the input does not exist, cannot be read, is empty, or is neither VCF nor BCF.

    """
    if name == STREAM:
        yield _begun("standard input", None, _standard_input())
        return
    path = Path(name)
    if is_address(name):
        raise InputError(
            "the input is an address; only local files can be opened",
            path=shown_address(name),
            remedy=f"Read it from a pipe: {reading_command(name)} | annotator annotate - -o annotated.vcf.gz",
        )
    if path.is_dir():
        raise InputError(
            "the input is a folder, not a VCF file", path=name, remedy="Use the path of a VCF or BCF file"
        )
    try:
        raw = WatchedFile(path)
    except FileNotFoundError as error:
        raise InputError("no such file", path=name) from error
    except OSError as error:
        raise cannot_read(error, name) from error
    with raw:
        yield _begun(name, path, raw)


def _begun(name: str, path: Path | None, raw: WatchedFile) -> Input:
    try:
        return Input(name, path, raw)
    except OSError as error:
        raise cannot_read(error, name) from error


def _standard_input() -> WatchedFile:
    if sys.stdin is None:  # a process may be started without one
        raise InputError(
            "the stream is closed", path="standard input", remedy="Use the path of a file instead of -"
        )
    return WatchedFile(sys.stdin.fileno(), "rb", closefd=False)


def _recognise(first: bytes, name: str) -> InputFormat:
    from annotator.vcf.bgzf import first_data, is_bgzf

    if not first:
        raise InputError("the file is empty", path=name, remedy="A VCF file has at least a header")
    if first[:2] == b"\x1f\x8b":
        start = first_data(first, 4)
        packed = InputFormat.BGZF if is_bgzf(first) else InputFormat.GZIP
    else:
        start, packed = first[:4], InputFormat.VCF
    if start[:3] == b"BCF":
        return InputFormat.BCF
    for magic, (tool, remedy) in _OTHER_COMPRESSION.items():
        if first.startswith(magic):
            raise InputError(
                f"the file is compressed with {tool}, which is not supported", path=name, remedy=remedy
            )
    if start in {b"TBI\x01", b"CSI\x01", b"BAM\x01", b"CRAM"} or b"\x00" in start:
        raise InputError(
            "the file is neither VCF nor BCF", path=name, remedy="Check that it is a VCF or BCF file"
        )
    return packed


class Output:
    """An output that is being written.

    Attributes:
        name: name used by the user, for messages.
        path: file that is written until the output is complete; None for a stream.
        file: destination of its bytes.
        companions: files written beside it, such as an index, and their final names.

    """

    def __init__(self, name: str, path: Path | None, file: BinaryIO) -> None:
        self.name = name
        self.path = path
        self.file = file
        self.companions: list[tuple[Path, Path]] = []


@contextlib.contextmanager
def atomic_output(name: str) -> Iterator[Output]:
    """Open a file beside the output that is renamed to it on success and removed on failure.

    Standard output (`-`) and devices are written directly.

    Raises:
        OutputError: the folder does not exist or cannot be written, or the disk is full.

    """
    path = Path(name)
    if name == STREAM and sys.stdout is None:
        raise OutputError("it is closed", path="standard output", remedy="Use -o FILE")
    elif name == STREAM:
        yield from _streamed("standard output", contextlib.nullcontext(sys.stdout.buffer))
    elif path.is_dir():
        raise OutputError("the output is a folder", path=name, remedy="Use the path of a file")
    elif is_pipe_or_device(path):
        yield from _streamed(name, _opened(path))
    else:
        yield from _renamed(path.resolve() if path.is_symlink() else path, name)


def is_pipe_or_device(path: Path) -> bool:
    """Return whether a path exists and is neither a file nor a folder, such as a named pipe or `/dev/null`."""
    return path.exists() and not path.is_dir() and not stat.S_ISREG(path.stat().st_mode)


def check_indexable(name: str, format_: OutputFormat) -> None:
    """Refuse an output that cannot be indexed, before any work is done.

    Raises:
        UsageError: the output is a stream, a device, or of a format that has no index.

    """
    if name == STREAM or format_ in {OutputFormat.VCF, OutputFormat.BCF_UNCOMPRESSED}:
        raise UsageError(
            "-W cannot index this output: only compressed VCF and BCF files can be indexed",
            remedy="Use -o with a name that ends in .vcf.gz or .bcf, or omit -W",
        )
    if is_pipe_or_device(Path(name)):
        raise UsageError(
            "-W needs a file: a pipe or a device cannot be indexed",
            path=name,
            remedy="Write to a file, or omit -W",
        )


def check_writable(name: str) -> None:
    """Check that a file of this name can be written, before any work is done.

    Raises:
        OutputError: it is a folder, or its folder does not exist or cannot be written.

    """
    path = Path(name)
    if path.is_dir():
        raise OutputError("the output is a folder", path=name, remedy="Use the path of a file")
    if not is_pipe_or_device(path):
        target = path.resolve() if path.is_symlink() else path
        with signals_held():
            trial = _beside(target)
            _create(trial, target)
            trial.unlink(missing_ok=True)


def _streamed(name: str, opening: contextlib.AbstractContextManager[BinaryIO]) -> Iterator[Output]:
    try:
        # Closing flushes buffered data, and may fail as any write may.
        with opening as file:
            yield Output(name, None, file)
            file.flush()
    except BrokenPipeError:
        raise  # the reader closed the pipe, as `head` does: not an error of ours
    except OSError as error:
        raise _unwritten(error, name, None) from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with path.open("wb") as file:
        yield file


def _renamed(target: Path, name: str) -> Iterator[Output]:
    partial = _beside(target)
    output: Output | None = None
    try:
        _create(partial, target)
        with DurableFile(partial) as raw, io.BufferedWriter(raw) as file:
            output = Output(name, partial, file)
            yield output
            file.flush()
            raw.sync()
        partial.replace(target)
        note_finished(name)
        _drop_indexes(target)
        for made, final in output.companions:
            made.replace(final)
    except OSError as error:
        raise _unwritten(error, name, partial) from error
    finally:
        for made in (partial, *(made for made, _ in (output.companions if output else ()))):
            with contextlib.suppress(OSError):  # the error that matters was raised above
                made.unlink()


def _unwritten(error: OSError, name: str, partial: Path | None) -> AnnotatorError:
    """Return the error for an output that could not be written; names another file if that one failed."""
    blame = blamed(error, name)
    if partial is not None and blame == str(partial):
        blame = name
    return cannot_write(error, name) if blame == name else cannot_use(error, blame)


def _drop_indexes(target: Path) -> None:
    """Remove indexes of the previous file: readers would find wrong records through them."""
    for suffix in (".tbi", ".csi"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """Return a new name beside the target, known before the file exists: so it can be removed at any time."""
    # The module tempfile is not used: importing it takes too long for small inputs.
    return path.with_name(f".{path.name}.{os.urandom(6).hex()}.partial")


def _create(beside: Path, path: Path) -> None:
    """Create an empty file beside the target, with the permissions of a new file."""
    try:
        beside.touch(exist_ok=False)
    except OSError as error:
        raise cannot_write(error, path, "Use an existing folder that you can write to") from error
