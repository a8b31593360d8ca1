"""The table of INFO fields in the README and the guide, made from the declarations.

`python -m tests.readme_table` writes it.
"""

from __future__ import annotations

import re
from pathlib import Path

from annotator.sources.civic.fields import CIVIC_FIELDS, CIVIC_TIER
from annotator.sources.clinvar.fields import CLINVAR_FIELDS
from annotator.sources.clinvar_protein.fields import RESIDUE_FIELDS
from annotator.sources.clinvar_sv.fields import OVERLAP_FIELDS
from annotator.sources.status import Status, status_header_line
from annotator.vcf.meta_lines import structured_values

_MARKED = re.compile(r"(?<=-->\n).*?(?=<!-- /fields -->)", re.DOTALL)


def table() -> str:
    rows = [
        (field.id, field.number, field.type, field.description)
        for field in (*CLINVAR_FIELDS, *RESIDUE_FIELDS, *OVERLAP_FIELDS, *CIVIC_FIELDS, CIVIC_TIER)
    ]
    status = structured_values(status_header_line(Status.MISSING, ""))
    rows.append((status["ID"], status["Number"], status["Type"], status["Description"]))
    lines = ["| field | number, type | value |", "|---|---|---|"]
    for id_, number, type_, description in rows:
        shown = re.sub(r"(Format: )(\S+)", r"\1`\2`", description).replace("|", r"\|")
        lines.append(f"| {id_} | {number}, {type_} | {shown} |")
    return "\n".join(lines) + "\n"


def with_table(readme: str) -> str:
    return _MARKED.sub(lambda _: table(), readme, count=1)


FILES = ("README.md", "annotator/guide/fields.md")
"""Files with the table, from the top of the repository."""


if __name__ == "__main__":
    for name in FILES:
        path = Path(__file__).resolve().parent.parent / name
        path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")
