"""The packaged table of diseases: resolves disease names and codes, and lists broader diseases.

One grammar is used for every option and file with a disease; case does not matter:

    DOID:8923, 8923               number in the Disease Ontology (https://disease-ontology.org), also a replaced one
    skin melanoma                 a name or synonym of the Disease Ontology or CIViC's
    NSCLC                         an abbreviation, if it means one disease
    oncotree:SKCM, cgi:CM         a code of OncoTree or the Cancer Genome Interpreter. Without its system a code is
                                  accepted only if it has no other meaning in another system

`diseases.README.md` describes the table; `tests/tables/make_diseases.py` makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from unicodedata import combining, normalize

from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple

__all__ = [
    "TABLE",
    "DiseaseTable",
    "DiseaseTerm",
    "disease_table",
    "disease_warnings",
    "iter_ancestors",
    "normal_name",
    "resolve_disease",
]

TABLE = "diseases.tsv"
_SYSTEMS = ("oncotree", "cgi")
_NO_COUNTERPART = "-"
_SPELLINGS = (
    ("tumour", "tumor"),
    ("leukaem", "leukem"),
    ("oesoph", "esoph"),
    ("haemat", "hemat"),
    ("'s", ""),
    ("\u2019s", ""),
)
_NEAREST = 5


class DiseaseTerm(NamedTuple):
    """A disease.

    Attributes:
        number: number in the Disease Ontology, without `DOID:`; empty for a disease that only CIViC names.
        name: name as CIViC writes it, otherwise as in the Disease Ontology.

    """

    number: str
    name: str

    @property
    def key(self) -> str:
        """Identifier in the table: the number, otherwise the name."""
        return self.number or self.name

    @property
    def text(self) -> str:
        """Text that resolves to the same disease: `DOID:8923`, or the name."""
        return f"DOID:{self.number}" if self.number else self.name

    @property
    def shown(self) -> str:
        """Text for people, such as `Skin Melanoma (DOID:8923)`."""
        return f"{self.name} (DOID:{self.number})" if self.number and self.name else self.name or self.text


class _Row(NamedTuple):
    term: DiseaseTerm
    others: tuple[str, ...]
    abbreviations: tuple[str, ...]
    numbers: tuple[str, ...]
    parents: tuple[str, ...]
    codes: tuple[str, ...]
    has_counterpart: bool


@lru_cache(1 << 12)
def normal_name(text: str) -> str:
    """Return a name in normal form: lower case, American spelling, without accents and punctuation (except `+`).

    >>> normal_name("Non-small Cell Lung Carcinoma") == normal_name("non-small_cell  lung carcinoma")
    True
    """
    text = text.lower()
    if not text.isascii():
        text = "".join(one for one in normalize("NFKD", text) if not combining(one))
    for british, american in _SPELLINGS:
        text = text.replace(british, american)
    return " ".join("".join(letter if letter.isalnum() or letter == "+" else " " for letter in text).split())


class DiseaseTable:
    """The table in memory."""

    def __init__(self, rows: Iterable[str]) -> None:
        self._rows = [_row(line) for line in rows if line.strip() and not line.startswith("#")]
        self._by_key = {row.term.key: row for row in self._rows}

    @cached_property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """Keys of the directly broader diseases, by key."""
        return {row.term.key: row.parents for row in self._rows}

    @cached_property
    def _current(self) -> dict[str, str]:
        return {number: row.term.number for row in self._rows for number in row.numbers}

    @cached_property
    def _by_name(self) -> dict[str, _Row]:
        return {normal_name(row.term.name): row for row in reversed(self._rows)}

    @cached_property
    def _by_synonym(self) -> dict[str, list[_Row]]:
        found: dict[str, list[_Row]] = {}
        for row in self._rows:
            codes = (code.partition(":")[2] for code in row.codes)
            for word in dict.fromkeys(map(normal_name, (*row.others, *row.abbreviations, *codes))):
                found.setdefault(word, []).append(row)
        return found

    @cached_property
    def _by_code(self) -> dict[str, _Row]:
        return {code.lower(): row for row in self._rows for code in row.codes}

    def key_of(self, number: str, name: str) -> str:
        """Return the key of a disease as CIViC writes it; its number if the table does not have it.

        Args:
            number: without `DOID:`; empty for none.
            name: used if there is no number.

        """
        if number:
            return self._current.get(number, number)
        row = self._by_name.get(normal_name(name))
        return row.term.key if row is not None else name

    def term(self, key: str) -> DiseaseTerm | None:
        """Return the disease with a key; None if the table does not have it."""
        row = self._by_key.get(key)
        return None if row is None else row.term

    def resolve(self, text: str, present: Iterable[str] = ()) -> DiseaseTerm:
        """Return the disease for a text.

        Args:
            text: in the grammar of this module.
            present: names of diseases in the data, for the error; a text that equals one of them is accepted as it is.

        Raises:
            UsageError: no disease or several diseases have this name.

        """
        words = " ".join(text.replace("_", " ").split())
        system, colon, code = words.partition(":")
        if colon and system.lower() in _SYSTEMS:
            return self._of_code(system.lower(), code.strip())
        if (number := _number_of(words)) is not None:
            current = self._current.get(number, number)
            return self.term(current) or DiseaseTerm(current, "")
        name = normal_name(words)
        row = self._by_name.get(name)
        if row is not None and row.has_counterpart:
            return row.term
        meant = self._by_synonym.get(name, [])
        if len(meant) == 1 and meant[0].has_counterpart:
            return meant[0].term
        if meant:
            raise self._ambiguous(words, meant)
        at_hand = {normal_name(one): one for one in present}
        if name in at_hand and name:
            return DiseaseTerm("", at_hand[name])
        raise self._unknown(words, list(at_hand.values()))

    def _of_code(self, system: str, code: str) -> DiseaseTerm:
        row = self._by_code.get(f"{system}:{code.lower()}")
        if row is None or not row.has_counterpart:
            what = f"the Disease Ontology has no counterpart for the code {system}:{code}"
            if row is not None:
                what = f"{system}:{code} ({row.term.name}) has no counterpart among the cancers of the Disease Ontology"
            raise UsageError(what, remedy="Use the name of the disease, or its number such as DOID:8923")
        return row.term

    def _ambiguous(self, text: str, meant: list[_Row]) -> UsageError:
        listed = "; ".join(f"{row.term.shown}{_as_written(text, row)}" for row in meant)
        return UsageError(
            f"the disease {text!r} is ambiguous or has no counterpart: {listed}",
            remedy="Write a number (DOID:8923), a full name, or the code with its system (oncotree:SKCM, cgi:CM)",
        )

    def _unknown(self, text: str, present: list[str]) -> UsageError:
        near = ", ".join(term.shown for term in self.nearest(text))
        remedy = (
            f"The most similar names are: {near}" if near else "Write a number such as DOID:8923, or a name"
        )
        if present:
            shown = sorted(present)[:20]
            more = f" and {len(present) - len(shown)} more" if len(present) > len(shown) else ""
            remedy += f". Diseases in the input: {', '.join(shown)}{more}"
        return UsageError(f"no disease has the name {text!r}", remedy=remedy)

    def nearest(self, text: str) -> list[DiseaseTerm]:
        """Return the diseases with the most similar names."""
        from difflib import get_close_matches

        name = normal_name(text)
        words = set(name.split())
        candidates = {
            word: row
            for row in self._rows
            if row.has_counterpart
            for word in map(normal_name, (row.term.name, *row.others))
        }
        close = get_close_matches(name, candidates, _NEAREST, 0.7)
        close += sorted((one for one in candidates if words and words <= set(one.split())), key=len)
        return list(dict.fromkeys(candidates[one].term for one in close))[:_NEAREST]


def _row(line: str) -> _Row:
    number, name, others, abbreviations, numbers, parents, codes = line.rstrip("\n").split("\t")
    return _Row(
        DiseaseTerm(number.strip(_NO_COUNTERPART), name),
        _split(others, "|"),
        _split(abbreviations, "|"),
        _split(numbers, ","),
        _split(parents, "|"),
        _split(codes, " "),
        number != _NO_COUNTERPART,
    )


def _split(text: str, by: str) -> tuple[str, ...]:
    return tuple(text.split(by)) if text else ()


def _number_of(text: str) -> str | None:
    prefix, colon, number = text.partition(":")
    if not colon:
        number = text
    elif prefix.strip().lower() != "doid":
        return None
    number = number.strip()
    return number if number.isascii() and number.isdigit() else None


def _as_written(text: str, row: _Row) -> str:
    codes = [code for code in row.codes if normal_name(code.partition(":")[2]) == normal_name(text)]
    return f" as {', '.join(codes)}" if codes else ""


@lru_cache(1)
def disease_table() -> DiseaseTable:
    """Return the packaged table."""
    with (Path(__file__).parent / TABLE).open(encoding="utf-8") as lines:
        return DiseaseTable(lines)


def resolve_disease(text: str, present: Iterable[str] = ()) -> DiseaseTerm:
    """Return the disease for a text, from the packaged table; see `DiseaseTable.resolve`."""
    return disease_table().resolve(text, present)


def disease_warnings(text: str | None) -> Iterator[str]:
    """Yield warnings about the chosen disease for the user."""
    term = None if text is None else resolve_disease(text)
    if term is not None and not term.name:
        yield (
            f"{term.text} is not among the cancers of the built-in Disease Ontology: without a snapshot that "
            "contains the Disease Ontology, CIViC entries for broader or narrower diseases are marked other; "
            "check the number at disease-ontology.org"
        )


def iter_ancestors(key: str, *parents: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the keys of all broader diseases, each once.

    Args:
        key: key of a disease.
        parents: keys of the directly broader diseases by key; several mappings are combined.

    """
    found: set[str] = set()
    waiting = [key]
    while waiting:
        child = waiting.pop()
        for parent in (one for mapping in parents for one in mapping.get(child, ())):
            if parent not in found:
                found.add(parent)
                yield parent
                waiting.append(parent)
