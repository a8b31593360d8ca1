"""Write the demo: a tumour, a normal sample and the source files of a small snapshot, in both assemblies.

    python test_data/demo/make.py [FOLDER]

Without FOLDER the files beside this script are written again, byte for byte. Everything follows from the facts
in the modules beside it; nothing is random, and no clock is read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from write_civic import civic_tables
from write_clinvar import clinvar_vcf
from write_samples import sample_vcf


def main() -> None:
    """Write all files into the folder given, or beside this script."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    for name, lines in files():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes("".join(f"{line}\n" for line in lines).encode())


def files() -> Iterator[tuple[str, Iterable[str]]]:
    """Name and lines of each file."""
    for assembly in ("GRCh37", "GRCh38"):
        for kind in ("tumour", "germline"):
            yield f"{kind}.{assembly}.vcf", sample_vcf(assembly, kind)
        yield f"clinvar.{assembly}.vcf", clinvar_vcf(assembly)
    for name, lines in civic_tables():
        yield f"civic/{name}", lines


if __name__ == "__main__":
    main()
