"""The demo cohort in a folder of its own."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.servers.cgi import CgiService
from tests.servers.opal import Opal
from tests.support.workflow_runs import (
    Cohort,
    Ended,
)

NEVER = 1e9  # seconds until the report is approved


class Demo(NamedTuple):
    """The demo cohort after its runs: in the first, neither service has an answer yet."""

    cohort: Cohort
    cgi: CgiService
    opal: Opal
    first: Ended
    second: Ended


def vcf(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def passed(cohort: Cohort, folder: str) -> set[str]:
    """Rules whose generated unit tests are in a folder; each of them passes."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=short", folder],
        cwd=cohort.folder,
        env=cohort.environment(PATH=f"{cohort.folder / 'bin'}:{Path(sys.executable).parent}:/bin:/usr/bin"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    return set(re.findall(r"^PASSED \S+::test_(\w+)$", ran.stdout, re.MULTILINE))
