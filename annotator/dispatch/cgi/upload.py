"""The submission to CGI, checked before it is sent: a job costs quota, and one wrong line may make it fail.

One job always contains exactly one tumour sample: CGI draws conclusions from absent and from combined mutations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from annotator.dispatch.cgi.cancer_types import CancerType
from annotator.dispatch.cgi.mutations import REFERENCES, manifest_path, part_path
from annotator.dispatch.ticket import Submission
from annotator.errors import InputError, UsageError
from annotator.runtime.os_errors import cannot_read
from annotator.runtime.text import counted, whole_number
from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly

__all__ = ["parcel_of"]

_CONTIG = re.compile(rf"(?:chr)?(?:{'|'.join(CANONICAL_CONTIGS[:-1])})", re.IGNORECASE)
_ALLELE = re.compile(r"[ACGTNacgtn]+|-")
_GENE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_COLUMNS = {
    "mutations": ("chr", "pos", "ref", "alt", "sample"),
    "cnas": ("gene", "cna"),
    "translocations": ("fus",),
}


def parcel_of(
    mutations: Path,
    cancer_type: CancerType,
    *,
    reference: str | None = None,
    cnas: Path | None = None,
    translocations: Path | None = None,
) -> Submission:
    """Read and check the files of a submission.

    Args:
        mutations: tab-separated, with the header `chr pos ref alt sample`.
        cancer_type: cancer type of the tumour.
        reference: `hg19` or `hg38`; None to use the manifest beside the mutations.
        cnas: tab-separated `gene cna` or `gene cna sample`; None for the file beside the mutations, if there is one.
        translocations: tab-separated `fus` or `fus sample`, likewise.

    Raises:
        InputError: a file is invalid, or has another sample or several.
        UsageError: there is nothing to send, or the assembly is unknown.

    """
    paths = {
        "mutations": mutations,
        "cnas": cnas or _existing(part_path(mutations, "cnas")),
        "translocations": translocations or _existing(part_path(mutations, "translocations")),
    }
    files, samples = {}, set()
    for file, path in paths.items():
        if path is None:
            continue
        content = _content(path)
        rows, named = _checked(content, file, path)
        samples |= named
        if rows:
            files[file] = content
    if not files:
        raise UsageError(
            "the file has no mutation to send",
            path=mutations,
            remedy="Check the VCF and the sample that the file was made from",
        )
    if len(samples) != 1:
        raise InputError(
            f"the file has {counted(len(samples), 'sample')}, but one job takes one: "
            f"{', '.join(sorted(samples)[:3])}",
            path=mutations,
            remedy="Write one file for each tumour sample",
        )
    facts = {"sample": samples.pop(), "cancer_type": cancer_type.code}
    return Submission(facts | {"reference": reference or _reference(mutations)}, files)


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        content.decode("utf-8")
    except OSError as error:
        raise cannot_read(error, path) from error
    except UnicodeDecodeError as error:
        raise InputError("the file is not UTF-8 text", path=path, remedy="Decompress it first") from error
    return content


def _reference(mutations: Path) -> str:
    """Return CGI's name of the assembly that a file's manifest states."""
    manifest = manifest_path(mutations)
    lines = _content(manifest).decode().split("\n") if manifest.exists() else []
    for assembly in Assembly:
        if f"##assembly={assembly}" in lines:
            return REFERENCES[assembly]
    raise UsageError(
        "the assembly of the positions is unknown",
        path=mutations,
        remedy="Use --reference hg19 or --reference hg38",
    )


def _checked(content: bytes, file: str, path: Path) -> tuple[int, set[str]]:
    """Check each line; return the number of rows, and the samples that they name."""
    lines = content.decode().removesuffix("\n").split("\n")
    header = tuple(lines[0].split("\t"))
    needed = _COLUMNS[file]
    if header not in {needed, (*needed, "sample")}:
        raise InputError(
            f"the header is {' '.join(header)[:60]!r}",
            path=path,
            line=1,
            remedy=f"The header must be {' '.join(needed)}, in lower case and separated by tabs",
        )
    samples = set()
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        problem = (
            f"the line has {counted(len(cells), 'column')}, but the header has {len(header)}"
            if len(cells) != len(header)
            else _PROBLEMS[file](cells)
        )
        if problem is not None:
            raise InputError(problem, path=path, line=number, remedy="Correct or remove the line")
        if header[-1] == "sample":
            samples.add(cells[-1])
    return len(lines) - 1, samples


def _problem_of_mutation(cells: Sequence[str]) -> str | None:
    contig, position, ref, alt, sample = cells
    if not _CONTIG.fullmatch(contig):
        return f"chr is {contig!r}, but CGI accepts only 1 to 22, X and Y"
    if not whole_number(position):
        return f"pos is {position!r}"
    if not (_ALLELE.fullmatch(ref) and _ALLELE.fullmatch(alt)) or ref.upper() == alt.upper():
        return f"{ref[:20]}>{alt[:20]} is not a change of bases"
    return None if sample else "the sample has no name"


def _problem_of_copy_number(cells: Sequence[str]) -> str | None:
    if not _GENE.fullmatch(cells[0]):
        return f"gene is {cells[0]!r}"
    return None if cells[1] in {"amp", "del"} else (f"cna is {cells[1]!r}, but CGI accepts only amp and del")


def _problem_of_fusion(cells: Sequence[str]) -> str | None:
    genes = cells[0].split("__")
    if len(genes) != 2 or not all(map(_GENE.fullmatch, genes)):
        return f"fus is {cells[0]!r}, but CGI expects GENE1__GENE2"
    return None


_PROBLEMS: dict[str, Callable[[Sequence[str]], str | None]] = {
    "mutations": _problem_of_mutation,
    "cnas": _problem_of_copy_number,
    "translocations": _problem_of_fusion,
}
