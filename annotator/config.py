"""What a run is told, as plain frozen values; command-line options map onto them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from annotator.assembly import Assembly
from annotator.errors import UsageError
from annotator.status import Status
from annotator.vcf.files import STREAM, OutputFormat
from annotator.vcf.header import OnClash

DEFAULT_LEVEL = (
    2  # ISA-L's: as fast as level 1, and what it leaves is a tenth larger than bgzip's for a genome
)
_HIGHEST_LEVEL = 9

__all__ = ["AnnotateConfig"]


@dataclass(frozen=True, slots=True)
class AnnotateConfig:
    """One run of `annotate`.

    Attributes:
        input: VCF or BCF to read, `-` for standard input.
        output: file to write, `-` for standard output.
        snapshot: folder of the snapshot.
        output_format: None for what the suffix of `output` says.
        threads: number of worker processes.
        compression_level: of BGZF and BCF output, 0 (stored) to 9 (smallest).
        write_index: whether to write the index beside the output.
        regions: only records that overlap one of these, such as `7:140000000-141000000`; empty for all.
        reference: FASTA of the assembly, to left-align indels and to check REF.
        assembly: assembly of the input, None to recognise it from the header.
        on_clash: what to do about an INFO field of ours that another tool declared.
        status: which answers ANNSTATUS tells.
        fields: ids of the INFO fields to write, None for all.
        strict: whether alleles that could not be asked about make an error of the run.

    """

    input: str
    output: str
    snapshot: Path
    output_format: OutputFormat | None = None
    threads: int = 1
    write_index: bool = False
    compression_level: int = DEFAULT_LEVEL
    regions: tuple[str, ...] = ()
    reference: Path | None = None
    assembly: Assembly | None = None
    on_clash: OnClash = OnClash.ERROR
    status: Status = Status.MISSING
    fields: tuple[str, ...] | None = None
    strict: bool = False

    @property
    def format(self) -> OutputFormat:
        """Format of the output."""
        return self.output_format or OutputFormat.of(self.output)

    def check(self) -> None:
        """Refuse what can be seen to be wrong before anything is opened.

        Raises:
            UsageError: options contradict each other, or the output is the input.

        """
        if self.threads < 1:
            raise UsageError(f"-@ {self.threads} asks for no worker at all", remedy="Give 1 or more")
        if not 0 <= self.compression_level <= _HIGHEST_LEVEL:
            raise UsageError(f"there is no compression level {self.compression_level}", remedy="Give 0 to 9")
        if self.write_index and (self.output == STREAM or self.format in _UNINDEXED):
            raise UsageError(
                "-W needs an output that can be indexed",
                remedy="Write to a file that ends in .vcf.gz or .bcf",
            )
        if self.regions and self.input == STREAM:
            raise UsageError("-r needs an indexed file, not standard input")
        if STREAM not in {self.input, self.output} and _same_file(Path(self.input), Path(self.output)):
            raise UsageError("the output is the input", path=self.output, remedy="Write to another file")


_UNINDEXED = {OutputFormat.VCF, OutputFormat.BCF_UNCOMPRESSED}


def _same_file(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return False
