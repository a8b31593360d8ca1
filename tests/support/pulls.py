"""How the tests pull from an emulated NCBI."""

from __future__ import annotations

from typing import NamedTuple

from tests.servers.base import RunningServer
from tests.servers.ncbi_files import ROOT, NcbiFiles

NEWEST = "vcf_GRCh38/clinvar.vcf.gz"


class Ncbi(NamedTuple):
    """The emulation, and the server that it runs on."""

    files: NcbiFiles
    server: RunningServer

    @property
    def mirror(self) -> str:
        return f"{self.server.url}{ROOT}"

    def asked(self) -> list[str]:
        """Paths that were asked for, relative to ClinVar's folder."""
        return [request.path.removeprefix(f"{ROOT}/") for request in self.server.requests]

    def ranges(self) -> list[str | None]:
        """Range of each request that was not for an MD5."""
        return [
            request.headers.get("range")
            for request in self.server.requests
            if not request.path.endswith(".md5")
        ]
