"""Sweeps a whole knowledge base over the network, storing each part in the journal as soon as it arrives.

A sweep sends nothing from a patient's file: it requests everything and compares locally. A stopped sweep continues from
its journal, and a complete one can be replayed from it without a network.
"""

from __future__ import annotations

import enum
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from annotator.errors import NetworkError
from annotator.net import HttpClient, HttpLimits, HttpResponse
from annotator.net.journal import Journal, ServiceRow, StoredResponse
from annotator.net.json_values import json_value
from annotator.runtime.progress import Progress, Step, Unit

__all__ = [
    "GRAPHQL",
    "V1",
    "WAYS",
    "Findings",
    "Parts",
    "Request",
    "Statuses",
    "civic_limits",
    "json_of",
    "part_name",
]

GRAPHQL = "civic-graphql"
"""Name of the source that queries CIViC's GraphQL service."""

V1 = "civic-v1"
"""Name of the source that queries a mirror of CIViC's first REST service."""

WAYS = {"graphql": GRAPHQL, "v1": V1}
"""Sources by the chosen interface."""

_LONGEST_SHOWN = 40
_INCOMPLETE = "incomplete"  # fact in the journal: the source whose sweep was incomplete

_WINDOW = 300.0  # seconds in which CIViC counts requests
_SIGNED_IN = 10.0  # requests per second with a key; nothing limits them, but a high rate would be impolite

Request: TypeAlias = Callable[[], Awaitable[ServiceRow]]


class Statuses(enum.StrEnum):
    """Statuses of the evidence and assertions to download; rejected ones are never included."""

    ACCEPTED = "accepted"
    WITH_SUBMITTED = "accepted+submitted"

    @property
    def words(self) -> frozenset[str]:
        """Return the statuses, in CIViC's words."""
        return frozenset(self.value.split("+"))


def civic_limits(per_second: float = 3.0, *, has_key: bool = False, **others: Any) -> HttpLimits:
    """Return the request limits for a CIViC server.

    CIViC allows 3 requests per second, counted over 5 minutes, to clients without a key
    (https://civic.readthedocs.io/en/latest/api.html); further ones are refused with an empty response that does not
    state a waiting time, so that the client waits for the whole window.

    Args:
        per_second: requests per second.
        has_key: whether a key is sent; the limit is then higher.
        others: further limits of HttpLimits.

    """
    rate = max(per_second, _SIGNED_IN) if has_key else per_second
    return HttpLimits(
        **{
            "requests_per_second": rate,
            "window": _WINDOW,
            "longest_wait": _WINDOW,
            "connections": 1,
            **others,
        }
    )


@dataclass(slots=True)
class Findings:
    """Counts and faults of a download of CIViC.

    Attributes:
        counts: number of entries that were read, corrected and omitted, by description.
        missing: number of entries that were counted or referred to but not received, by kind.
        refused: number of entries that could not be read, by kind.
        other_statuses: number of evidence items that were received with a status other than those requested.
        unknown: words that are not in our vocabulary, by kind of word.

    """

    counts: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    other_statuses: int = 0
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    _warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        """Add a warning for the user, without its full stop."""
        if sentence not in self._warnings:
            self._warnings.append(sentence)

    def lack(self, what: str, number: int, sentence: str) -> None:
        """Record that entries were not received: the sweep is incomplete."""
        self.missing[what] += number
        self.counts[f"missing: {what}"] += number
        self.warn(sentence)

    def refuse(self, what: str, id_: object) -> None:
        """Record an entry that cannot be read."""
        self.refused[what] += 1
        self.counts[f"left out: unreadable {what}"] += 1
        shown = repr(id_)[:_LONGEST_SHOWN]
        self.warn(f"an entry of CIViC cannot be read and was left out: number {shown} of the {what}")

    def refused_evidence(self, statuses: Statuses) -> dict[str, int]:
        """Return the number of evidence items that were received but are not part of the knowledge base, by reason."""
        other = f"not {' or '.join(sorted(statuses.words))}"
        counts = {"the entry cannot be read": self.refused["evidence items"], other: self.other_statuses}
        return {reason: count for reason, count in counts.items() if count}

    def keep(self, kind: str, word: str) -> str:
        """Return an unknown word unchanged, and count it."""
        self.unknown.setdefault(kind, Counter())[word] += 1
        self.counts[f"unknown words: {kind}"] += 1
        return word

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the warnings for the user."""
        unknown = (
            f"CIViC uses values for the {kind} that are new to this version; they were kept: "
            + ", ".join(f"{word} ({count:,})" for word, count in sorted(words.items()))
            for kind, words in sorted(self.unknown.items())
        )
        return (*self._warnings, *unknown)


class Parts:
    """Parts of a service's content, each requested once; parts in the journal are not requested.

    Args:
        source: name of the source in the journal.
        journal: stores every part.
        client: None to send no requests.
        progress: called with the entries received.

    """

    def __init__(
        self, source: str, journal: Journal, client: HttpClient | None, progress: Progress | None = None
    ) -> None:
        self._source = source
        self._journal = journal
        self.client = client
        self._progress = progress
        if client is not None and journal.fact(_INCOMPLETE) == source:
            journal.forget(source)  # missing entries are requested again, with all others
            journal.note(_INCOMPLETE, "")

    @property
    def began(self) -> str:
        """ISO date on which the journal began: the date of the downloaded content."""
        return self._journal.began

    def note_incomplete(self) -> None:
        """Record in the journal that entries are missing: a run that continues from it requests everything again."""
        if self.client is not None:
            self._journal.note(_INCOMPLETE, self._source)

    def show_progress(self, what: str, so_far: int, of: int | None) -> None:
        """Report how many entries of a kind have been received, and the total, None if unknown."""
        if self._progress is not None:
            self._progress(Step(f"downloading {what} from CIViC", so_far, of, Unit.ENTRIES))

    async def get(self, name: str, request: Request) -> ServiceRow:
        """Return one part of the download.

        Args:
            name: unique name of the part.
            request: requests the part.

        Raises:
            NetworkError: the part cannot be downloaded, or is not in the journal that is replayed.

        """
        for answer in self._journal.known(self._source, [name]):
            return answer.rows[name]
        if self.client is None:
            raise NetworkError(
                "the journal does not contain the complete download of CIViC",
                path=self._journal.path,
                remedy="Complete it with --online",
            )
        part = await request()
        self._journal.add(self._source, [StoredResponse(name, {name: part})])
        return part

    def refused_for_rate(self) -> int:
        """Return the number of requests that the server refused because of its rate limit."""
        if self.client is None:
            return 0
        return sum(account.limited for account in self.client.egress.hosts.values())


def json_of(answer: HttpResponse) -> Any:
    """Return the value of a response's JSON.

    Raises:
        ValueError: it is not JSON; the text states this for people.

    """
    try:
        return json_value(answer.body)
    except ValueError:
        kind = "empty" if not answer.body else f"{answer.content_type or 'of unknown type'}, and no JSON"
        raise ValueError(f"the response is {kind}") from None


def part_name(what: str, facts: Mapping[str, Any]) -> str:
    """Return the name of a part: its kind, and the parameters of its request."""
    return f"{what} {json.dumps(facts, sort_keys=True, separators=(',', ':'))}"
