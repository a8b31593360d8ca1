"""NCBI's file server, emulated: ClinVar's folders, `.md5` files, ranges, and what goes wrong with large downloads.

By hand: `python -m tests.servers.ncbi_files` serves the ClinVar of the demo, and a small Disease Ontology beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import enum
import hashlib
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from annotator.variants.assembly import Assembly
from tests.conftest import REPOSITORY
from tests.servers.by_hand import add_port, serve
from tests.support.inputs import bgzip, write_clinvar

__all__ = ["DISEASES", "ROOT", "Md5", "NcbiFiles", "Served", "small_clinvar"]

ROOT = "/pub/clinvar"
DISEASES = b"""format-version: 1.2
data-version: doid/releases/2026-02-27/doid-non-classified.obo

[Term]
id: DOID:4
name: disease

[Term]
id: DOID:1909
name: melanoma
is_a: DOID:4 ! disease
"""
_CUT_RANGE = re.compile(r"bytes=(\d+)-(\d*)").fullmatch


class Md5(enum.Enum):
    """What the `.md5` file beside a file holds."""

    NAME = "hash, two spaces, name: as md5sum writes it"
    PATH = "hash, two spaces, name with a path of NCBI's own machines"
    WRONG = "the hash of something else"
    PAGE = "a page for people, as a captive portal gives"
    NONE = "there is none"


class Served(NamedTuple):
    """Part of a file that was sent: its name, the first byte's number from 0, and how many bytes were handed over."""

    path: str
    first: int
    sent: int


@dataclass(slots=True)
class _File:
    data: bytes
    md5: Md5
    modified: str = "Thu, 26 Feb 2026 10:00:00 GMT"

    @property
    def tag(self) -> str:
        return f'"{hashlib.sha256(self.data).hexdigest()[:16]}"'


@dataclass(slots=True)
class Manners:
    """How files are sent.

    Attributes:
        ranges: whether ranges are honoured; if not, the whole file comes under 200.
        tags: `strong` or `weak` ETags, or `none`.
        dates: whether there is a Last-Modified.
        length: whether the length is told.
        drop_every: bytes after which the connection is closed, None for never.
        piece: bytes sent at a time.
        pause: seconds between two pieces.

    """

    ranges: bool = True
    tags: str = "strong"
    dates: bool = True
    length: bool = True
    drop_every: int | None = None
    piece: int = 1 << 16
    pause: float = 0.0


class NcbiFiles:
    """The tree of files.

    Attributes:
        manners: how they are sent, `.md5` files excepted, which always arrive whole.
        served: what was sent, in the order of its beginning.

    """

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.manners = Manners()
        self.served: list[Served] = []
        self._files: dict[str, _File] = {}
        self._replacements: dict[str, tuple[int, bytes]] = {}
        for path, data in (files or {}).items():
            self.add(path, data)

    def add(self, path: str, data: bytes, md5: Md5 = Md5.NAME) -> None:
        """Publish a file under a path relative to ClinVar's folder, or another version of it."""
        self._files[path] = _File(data, md5)

    def remove(self, path: str) -> None:
        """Withdraw a file."""
        del self._files[path]

    def replace_after(self, path: str, requests: int, data: bytes) -> None:
        """Publish another version of a file once so many requests for it were answered."""
        self._replacements[path] = (requests, data)

    def application(self) -> web.Application:
        """Give the application to serve."""
        made = web.Application()
        made.router.add_get(f"{ROOT}/{{path:.*}}", self._answer)
        return made

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        if path.endswith(".md5") and (file := self._files.get(path.removesuffix(".md5"))) is not None:
            return _md5_answer(path.removesuffix(".md5"), file)
        file = self._files.get(path)
        if file is None:
            return web.Response(status=404, text="<h1>404 Not Found</h1>", content_type="text/html")
        answer = await self._send(request, path, file)
        if path in self._replacements:
            left, data = self._replacements[path]
            if left == 1:
                self.add(path, data, file.md5)
                del self._replacements[path]
            else:
                self._replacements[path] = (left - 1, data)
        return answer

    async def _send(self, request: web.Request, path: str, file: _File) -> web.StreamResponse:
        headers = self._validators(file)
        first, end, status = self._part(request, file)
        if status == 416:
            return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{len(file.data)}"})
        if status == 206:
            headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(file.data)}"
        answer = web.StreamResponse(status=status, headers=headers)
        if self.manners.length:
            answer.content_length = end - first
        number = len(self.served)
        self.served.append(Served(path, first, 0))
        await answer.prepare(request)
        drop = self.manners.drop_every
        stop = end if drop is None else min(end, first + drop)
        for at in range(first, stop, self.manners.piece):
            until = min(at + self.manners.piece, stop)
            await answer.write(file.data[at:until])
            self.served[number] = Served(path, first, until - first)
            await asyncio.sleep(self.manners.pause)
        if stop < end and request.transport is not None:
            request.transport.close()
        return answer

    def _validators(self, file: _File) -> dict[str, str]:
        headers = {"Content-Type": "application/x-gzip", "Accept-Ranges": "bytes"}
        if self.manners.tags != "none":
            headers["ETag"] = file.tag if self.manners.tags == "strong" else f"W/{file.tag}"
        if self.manners.dates:
            headers["Last-Modified"] = file.modified
        return headers

    def _part(self, request: web.Request, file: _File) -> tuple[int, int, int]:
        """Give the first byte, the one after the last, and the status."""
        whole = (0, len(file.data), 200)
        asked = _CUT_RANGE(request.headers.get("Range", ""))
        condition = request.headers.get("If-Range")
        if asked is None or not self.manners.ranges:
            return whole
        if condition is not None and condition not in {file.tag, file.modified}:
            return whole
        first = int(asked[1])
        end = min(int(asked[2]) + 1, len(file.data)) if asked[2] else len(file.data)
        return (first, end, 416 if first >= len(file.data) else 206)


def _md5_answer(path: str, file: _File) -> web.Response:
    sum_ = hashlib.md5(file.data, usedforsecurity=False).hexdigest()
    name = path.rpartition("/")[2]
    match file.md5:
        case Md5.NAME:
            return web.Response(text=f"{sum_}  {name}\n")
        case Md5.PATH:
            return web.Response(text=f"{sum_}  /panfs/pan1/clinvar/public_release/{name}\n")
        case Md5.WRONG:
            return web.Response(text=f"{hashlib.md5(b'', usedforsecurity=False).hexdigest()}  {name}\n")
        case Md5.PAGE:
            return web.Response(text="<html>Please sign in to the network</html>", content_type="text/html")
        case Md5.NONE:
            return web.Response(status=404, text="<h1>404 Not Found</h1>", content_type="text/html")


def small_clinvar(folder: Path, dates: Mapping[str, str]) -> dict[str, bytes]:
    """Give ClinVar's VCFs of both assemblies, with the few records of `tests.support.inputs`.

    Args:
        folder: to write in meanwhile.
        dates: release (ISO date) by where it stands in the folder of an assembly, such as
            `{"clinvar.vcf.gz": "2026-02-26", "weekly/clinvar_20260219.vcf.gz": "2026-02-19"}`.

    """
    made = {}
    for assembly in Assembly:
        for place, date in dates.items():
            vcf = write_clinvar(folder / "clinvar.vcf", assembly=assembly, date=date)
            made[f"vcf_{assembly}/{place}"] = bgzip(vcf.read_bytes())
            vcf.unlink()
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the URL is the first line of standard output."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.ncbi_files", description=__doc__)
    add_port(parser)
    parser.add_argument("--drop-every", type=int, metavar="BYTES", help="close connections after so many")
    parser.add_argument(
        "--add", nargs=2, action="append", default=[], metavar=("PLACE", "FILE"),
        help="a file to serve, for example vcf_GRCh38/clinvar.vcf.gz FILE",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    demo = REPOSITORY / "test_data" / "demo"
    with tempfile.TemporaryDirectory() as folder:
        made = small_clinvar(Path(folder), {"weekly/clinvar_20260219.vcf.gz": "2026-02-19"})
    for assembly in Assembly:
        made[f"vcf_{assembly}/clinvar.vcf.gz"] = bgzip((demo / f"clinvar.{assembly}.vcf").read_bytes())
    made["doid.obo"] = DISEASES
    made |= {place: Path(path).read_bytes() for place, path in given.add}
    files = NcbiFiles(made)
    files.manners.drop_every = given.drop_every
    variables = {"ANNOTATOR_CLINVAR_MIRROR": "{url}", "ANNOTATOR_ONTOLOGY_URL": "{url}/doid.obo"}
    return serve(files.application(), f"{len(made)} files", variables, path=ROOT, port=given.port)


if __name__ == "__main__":
    sys.exit(main())
