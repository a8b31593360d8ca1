"""The header of a VCF: parsed leniently; only our own lines are edited, all others are kept byte for byte.

A header consists of `##key=value` lines and the `#CHROM` line (VCF 4.3, section 1.4). Real files contain unusual meta
lines; one that is not needed here is kept and never an error. A header that htslib refuses is refused here too, because
the output would be unusable: an invalid `#CHROM` line, an empty or repeated sample name, a NUL.

Our own lines are directly before `#CHROM`. `##annotatorFields` lists the INFO keys that we wrote, so that a later run
knows which fields to replace, wherever another tool has moved the lines. Fields joined from a service have one
`##annotatorJoined` line per service instead: a new annotation keeps them, a new join replaces its own.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from annotator.errors import ClashError, InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number
from annotator.variants.assembly import ContigDeclaration, stated_length
from annotator.vcf.columns import FIRST_SAMPLE, check_columns
from annotator.vcf.meta_lines import structured_values
from annotator.vcf.provenance import Joined, fields_lines, is_of_a_run, written_fields

__all__ = [
    "DeclaredField",
    "Header",
    "HeaderEdit",
    "InfoDeclaration",
    "OnClash",
    "ReferenceText",
]

_BYTE_ORDER_MARK = "\ufeff"
# The version that htslib assigns to a header without one (bcf_hdr_init).
_DEFAULT_FILEFORMAT = "##fileformat=VCFv4.2"

# Keys of unstructured lines that name the reference sequence, lower case.
_REFERENCE_KEYS = frozenset(
    {"reference", "assembly", "build", "genome", "genome_build", "reference_genome", "new_reference_genome"}
)
# VEP states the assembly of its cache: ##VEP="v104" … assembly="GRCh37.p13"
_VEP_ASSEMBLY = r'\bassembly="?([^\s"]+)'

_ALLELIC_COPIES = (4, 4)  # first version in which INFO/CN is the number of copies of each ALT

_SHOWN = 5  # undeclared ids in a warning

# The form of nearly every contig line: a header may have thousands.
_PLAIN_CONTIG = re.compile(r'##contig=<ID=([^,">]+),length=(\d+)(?:,assembly=([^,">]+))?>', re.ASCII)


class OnClash(enum.StrEnum):
    """Action if the input declares an INFO field of our name that we did not write."""

    ERROR = "error"
    REPLACE = "replace"
    KEEP = "keep"


class InfoDeclaration(NamedTuple):
    """An `##INFO` line; missing keys are empty. The description is without quotes and escapes."""

    id: str
    number: str
    type: str
    description: str


class DeclaredField(NamedTuple):
    """An INFO field to be written, and its `##INFO` line without line end."""

    id: str
    header_line: str


class ReferenceText(NamedTuple):
    """A header text that may name the assembly: its key with `##`, its text, its 1-based line."""

    key: str
    text: str
    line: int


class HeaderEdit(NamedTuple):
    """An edit of a header by an annotation run.

    Attributes:
        header: the header of the output.
        written: ids of the fields that will be written.
        owned: INFO keys whose values must be removed from every record, before any is written.
        warnings: changes beyond our own lines, as sentences without full stops.

    """

    header: Header
    written: frozenset[str]
    owned: frozenset[str]
    warnings: tuple[str, ...]


class Header:
    """The immutable header of a VCF.

    Attributes:
        meta: the `##` lines as written, without line ends (and blank lines between them), decoded as UTF-8
            with surrogateescape.
        columns: names of the `#CHROM` line.
        line_ends: line end of each meta line and, last, of the `#CHROM` line (empty at the end of a file).
        path: name of the file, for errors.
        byte_order_mark: byte order mark at the start of the file, or empty.
        declared: ids that the records use and the file does not declare; lines for them were added.

    """

    def __init__(
        self,
        meta: tuple[str, ...],
        columns: tuple[str, ...],
        line_ends: tuple[str, ...],
        path: str,
        byte_order_mark: str = "",
        declared: tuple[str, ...] = (),
    ) -> None:
        self.meta = meta
        self.columns = columns
        self.line_ends = line_ends
        self.path = path
        self.byte_order_mark = byte_order_mark
        self.declared = declared

    @classmethod
    def parse(cls, text: bytes, *, path: str) -> Header:
        """Parse a header from bytes that end with the `#CHROM` line; anything after that line is ignored.

        Raises:
            InputError: there is no `#CHROM` line, or htslib would refuse it.

        """
        decoded = text.decode("utf-8", "surrogateescape")
        mark = _BYTE_ORDER_MARK if decoded.startswith(_BYTE_ORDER_MARK) else ""
        meta: list[str] = []
        ends: list[str] = []
        for content, end in _lines(decoded.removeprefix(mark)):
            if "\0" in content:
                raise InputError(
                    "the header contains a NUL byte",
                    path=path,
                    line=len(ends) + 1,
                    remedy="The file is damaged; write it again with the tool that created it",
                )
            ends.append(end)
            if content and not content.startswith("##"):
                columns = tuple(content.split("\t"))
                check_columns(content, columns, path=path, line=len(ends))
                return cls(tuple(meta), columns, tuple(ends), path, mark)
            meta.append(content)
        raise InputError(
            "the file ends without a #CHROM line" if meta else "the file is empty",
            path=path,
            line=len(meta) + 1,
            remedy="Check that it is a complete VCF",
        )

    @property
    def newline(self) -> str:
        r"""Line end of the `#CHROM` line, `\n` or `\r\n`; if it has none, that of the line before."""
        return next((end for end in reversed(self.line_ends) if end), "\n")

    @property
    def samples(self) -> tuple[str, ...]:
        """Sample names, in the order of the columns."""
        return self.columns[FIRST_SAMPLE:]

    @property
    def has_allelic_copies(self) -> bool:
        """Whether INFO/CN is the number of copies of each ALT, not of the sample: from VCF 4.4 on."""
        found = re.match(r"##fileformat=VCFv([0-9]{1,3})\.([0-9]{1,3})", self.meta[0]) if self.meta else None
        return found is not None and (int(found[1]), int(found[2])) >= _ALLELIC_COPIES

    @cached_property
    def contigs(self) -> list[ContigDeclaration]:
        """The `##contig` lines that have an ID, in order, including duplicates."""
        return [
            declaration
            for number, line in enumerate(self.meta, start=1)
            if line.startswith("##contig=<") and (declaration := _contig(line, number)) is not None
        ]

    @cached_property
    def references(self) -> list[ReferenceText]:
        """Free texts that may name the assembly: `##reference` and similar lines, and VEP's `assembly`."""
        return [
            ReferenceText(line.partition("=")[0], text, number)
            for number, line in enumerate(self.meta, start=1)
            if (text := _reference_text(line))
        ]

    @cached_property
    def info(self) -> dict[str, InfoDeclaration]:
        """INFO declarations by id; for an id declared twice the first, as in htslib."""
        found: dict[str, InfoDeclaration] = {}
        for declaration in self._info_by_line.values():
            found.setdefault(declaration.id, declaration)
        return found

    @cached_property
    def _info_by_line(self) -> dict[str, InfoDeclaration]:
        return {
            line: declaration
            for line in self.meta
            if line.startswith("##INFO=<") and (declaration := _info(line)) is not None
        }

    @cached_property
    def _our_fields(self) -> frozenset[str]:
        """INFO keys that an earlier run of ours wrote; merged files may have several such lines."""
        return written_fields(self.meta)

    def with_declarations(self, lines: Sequence[str]) -> Header:
        """Return the header with added lines that declare the ids that records use."""
        if not lines:
            return self
        ids = (f"{line[2 : line.find('=')]} {structured_values(line)['ID']}" for line in lines)
        ends = (*self.line_ends[:-1], *[self.newline] * len(lines), self.line_ends[-1])
        return Header(
            (*self.meta, *lines), self.columns, ends, self.path, self.byte_order_mark, declared=tuple(ids)
        )

    def to_bytes(self) -> bytes:
        """Return the header as bytes; an unchanged header yields the bytes that were parsed."""
        lines = (*self.meta, "\t".join(self.columns))
        text = "".join(line + end for line, end in zip(lines, self.line_ends, strict=True))
        return (self.byte_order_mark + text).encode("utf-8", "surrogateescape")

    def annotated(
        self,
        fields: Sequence[DeclaredField],
        provenance: Sequence[str],
        on_clash: OnClash,
        *,
        used: Mapping[str, int] | None = None,
    ) -> HeaderEdit:
        """Replace the lines of an earlier run by those of this one; doing it twice has the same effect as once.

        A file that does not start with `##fileformat=VCF` receives such a line, and a byte order mark is removed:
        htslib recognises neither otherwise.

        Args:
            fields: the fields to be written, in header order.
            provenance: `##annotatorVersion` and similar, as complete lines without line ends.
            on_clash: what to do about a field that the input declares and we did not write.
            used: INFO keys seen in records, and the 1-based line of each. They count as declared, because headers may
                be incomplete.

        Raises:
            ClashError: there is such a field, and `on_clash` is `error`.

        """
        ours = self._our_fields
        edit = self._plan_edit(fields, ours, on_clash, used or {})
        written = [field for field in fields if field.id in edit.written]
        edit_ids = [field.id for field in written]
        return self._edited(
            edit,
            is_of_a_run,
            (*provenance, *fields_lines(edit_ids), *(field.header_line for field in written)),
        )

    def joined(
        self,
        joining: Joined,
        fields: Sequence[DeclaredField],
        on_clash: OnClash,
        *,
        used: Mapping[str, int] | None = None,
    ) -> HeaderEdit:
        """Add the fields joined from a service, and replace those that an earlier join of the same service added.

        Everything else is kept, including what `annotated` added; and `annotated` keeps what this method adds.

        Args:
            joining: the service and the source of its values.
            fields: the fields to be written, in header order.
            on_clash: as for `annotated`.
            used: as for `annotated`.

        Raises:
            ClashError: as for `annotated`.

        """
        past = [line for line in self.meta if (joined := Joined.parse(line)) and joined.name == joining.name]
        ours = frozenset(id_ for line in past if (joined := Joined.parse(line)) for id_ in joined.fields)
        edit = self._plan_edit(fields, ours, on_clash, used or {})
        written = [field for field in fields if field.id in edit.written]
        line = joining._replace(fields=tuple(field.id for field in written)).line
        return self._edited(
            edit,
            lambda line: line in past,
            (line, *(field.header_line for field in written)),
        )

    def _plan_edit(
        self,
        fields: Sequence[DeclaredField],
        ours: frozenset[str],
        on_clash: OnClash,
        used: Mapping[str, int],
    ) -> HeaderEdit:
        """Decide which fields are written and owned; `ours` are those that we wrote earlier."""
        clashing = [
            field.id
            for field in fields
            if (field.id in self.info or field.id in used) and field.id not in ours
        ]
        if clashing and on_clash is OnClash.ERROR:
            raise self._clash(clashing, used)
        kept = frozenset(clashing) if on_clash is OnClash.KEEP else frozenset()
        written = frozenset(field.id for field in fields) - kept
        return HeaderEdit(self, written, ours | (frozenset(clashing) - kept), ())

    def _edited(self, edit: HeaderEdit, is_past: Callable[[str], bool], ours: Iterable[str]) -> HeaderEdit:
        """Replace the lines of an earlier run by those of this one."""
        meta = [
            (line, end)
            for line, end in self._meta_with_ends()
            if not is_past(line) and not self._declares(line, edit.owned)
        ]
        warnings = self._make_recognisable(meta)
        meta += [(line, self.newline) for line in ours]
        return edit._replace(header=self._with_meta(meta), warnings=warnings)

    def _clash(self, ids: Sequence[str], used: Mapping[str, int]) -> ClashError:
        clashes = "; ".join(
            _shown(self.info[id_]) if id_ in self.info else f"{id_} (in its records, undeclared)"
            for id_ in ids
        )
        lines = [used[id_] for id_ in ids if id_ not in self.info]
        return ClashError(
            f"the input already has INFO fields that would be written: {clashes}",
            path=self.path,
            line=min(lines, default=None),
            remedy="Use --on-clash replace to overwrite them, or --on-clash keep to keep them",
        )

    def _declares(self, line: str, owned: frozenset[str]) -> bool:
        declaration = self._info_by_line.get(line)
        return declaration is not None and declaration.id in owned

    def _meta_with_ends(self) -> Iterable[tuple[str, str]]:
        return zip(self.meta, self.line_ends[:-1], strict=True)

    def _with_meta(self, meta: Sequence[tuple[str, str]]) -> Header:
        lines = tuple(line for line, _ in meta)
        ends = (*(end for _, end in meta), self.line_ends[-1])
        return Header(lines, self.columns, ends, self.path)

    def _make_recognisable(self, meta: list[tuple[str, str]]) -> tuple[str, ...]:
        """Return the meta lines in the form in which htslib recognises a VCF, and what was changed."""
        warnings = []
        if self.declared:
            shown = ", ".join(self.declared[:_SHOWN]) + (", …" if len(self.declared) > _SHOWN else "")
            warnings.append(
                f"the header does not declare {shown}; declarations were added to the output, because BCF requires them"
            )
        if self.byte_order_mark:
            warnings.append("the byte order mark at the start of the file was removed")
        versions = [line for line, _ in meta if line.startswith("##fileformat=VCF")]
        if not (versions and meta[0][0] == versions[0]):
            added = versions[0] if versions else _DEFAULT_FILEFORMAT
            meta.insert(0, (added, self.newline))
            warnings.append(f"the file does not start with a version line; the line {added} was added")
        return tuple(warnings)


def _lines(text: str) -> Iterable[tuple[str, str]]:
    """Return lines and their ends. Only a line feed ends a line: `str.splitlines` splits at other characters too."""
    *whole, last = text.split("\n")
    for line in whole:
        yield (line[:-1], "\r\n") if line.endswith("\r") else (line, "\n")
    if last:
        yield last, ""


def _info(line: str) -> InfoDeclaration | None:
    values = structured_values(line)
    if not values.get("ID"):
        return None
    keys = ("ID", "Number", "Type", "Description")
    return InfoDeclaration(*(values.get(key, "") for key in keys))


def _contig(line: str, number: int) -> ContigDeclaration | None:
    if plain := _PLAIN_CONTIG.fullmatch(line):
        return ContigDeclaration(plain[1], _length(plain[2]), plain[3], number)
    values = {key.lower(): value for key, value in structured_values(line).items()}
    name = values.get("id")
    if not name:
        return None
    return ContigDeclaration(name, _length(values.get("length", "")), values.get("assembly") or None, number)


def _length(text: str) -> int | None:
    length = whole_number(text)
    return None if length is None else stated_length(length)


def _reference_text(line: str) -> str:
    key, _, value = line[2:].partition("=")
    if key == "VEP":
        stated = re.search(_VEP_ASSEMBLY, value)
        return "" if stated is None else stated.group(1)
    return value if key.lower() in _REFERENCE_KEYS else ""


def _shown(declaration: InfoDeclaration) -> str:
    description = declaration.description
    if len(description) > 60:
        description = description[:59] + "…"
    return f'{declaration.id} (Number={declaration.number}, Type={declaration.type}, "{description}")'
