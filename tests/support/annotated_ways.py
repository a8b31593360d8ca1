"""One annotated file read in every way: line by line, in large chunks, and as BCF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy  # noqa: F401  # with it, small files too are scanned in chunks
import pytest

import annotator
from annotator.annotation.engines.text import LineWorker
from tests.support.binary_records import bcftools_view

WAYS = ("lines", "chunks", "bcf", "bcf to vcf", "vcf to bcf")


@contextmanager
def line_by_line() -> Iterator[None]:
    """Parse every line, as for a small file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LineWorker, "_scanned", lambda _worker, _text: None)
        yield


def added_in_every_way(folder: Path, vcf: bytes, snapshot: Path, **options: Any) -> dict[str, list[str]]:
    """Annotate a VCF in every way; return the INFO that each record gets.

    Args:
        folder: for the files.
        vcf: the VCF, with none of our fields.
        snapshot: the snapshot.
        options: further arguments of `annotate`.

    """
    source = folder / "in.vcf"
    source.write_bytes(vcf)
    binary = bcftools_view(source, folder / "in.bcf", "-Ob")
    theirs = keys_of(vcf.decode("utf-8", "surrogateescape"))
    found = {}
    for way in WAYS:
        output = folder / ("out.bcf" if way.endswith("bcf") else "out.vcf")
        if way == "lines":
            with line_by_line():
                annotator.annotate(source, output, snapshot=snapshot, **options)
        else:
            read = binary if way.startswith("bcf") else source
            annotator.annotate(read, output, snapshot=snapshot, **options)
        found[way] = _added(output, theirs)
        output.unlink()
    return found


def keys_of(text: str) -> set[str]:
    """Return the INFO keys that a header declares."""
    lines = (line for line in text.split("\n") if line.startswith("##INFO=<ID="))
    return {line.removeprefix("##INFO=<ID=").partition(",")[0] for line in lines}


def _added(path: Path, theirs: set[str]) -> list[str]:
    shown = path if path.suffix == ".vcf" else bcftools_view(path, path.with_suffix(".shown"), "-Ov")
    text = shown.read_bytes().decode("utf-8", "surrogateescape")
    ours = keys_of(text) - theirs
    infos = (line.split("\t")[7] for line in text.split("\n") if line and not line.startswith("#"))
    return [";".join(item for item in info.split(";") if item.partition("=")[0] in ours) for info in infos]
