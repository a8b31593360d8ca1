"""A floor for BCF: cyvcf2 reads every record and writes it, with two threads of htslib's, and nothing is done to it."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from cyvcf2 import VCF, Writer

    source, target = sys.argv[1:]
    reader = VCF(source, lazy=True, threads=2)
    writer = Writer(target, reader, "wb")
    writer.set_threads(2)
    for record in reader:
        writer.write_record(record)
    writer.close()
    reader.close()
