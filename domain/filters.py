"""The filters of the inbox's lists (contract 1.8): a query in, a yes or no per item out.

One predicate, `matches`, is the truth. The other attributes say what all matches have in common,
for a database query to narrow by; they never leave a match out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.coercion import KEPT, NOT_AN_INTEGER
from domain.errors import Invalid
from domain.instants import parse_timestamp

Query = Mapping[str, Sequence[str]]
Person = tuple[int, str]

NOT_A_TIMESTAMP: Final = "Enter a valid timestamp."

_LOOKUPS: Final = (
    "sent_on",
    "sent_on__gt",
    "sent_on__gte",
    "sent_on__lt",
    "sent_on__lte",
)


@dataclass(frozen=True)
class Times:
    """Which instants pass, in microseconds since 1970; None = not asked.

    `since` and `until` are included. `instants`, if given, are the only ones that pass and lie
    between the two; an empty set lets nothing pass.
    """

    since: int | None = None
    until: int | None = None
    instants: frozenset[int] | None = None

    def fit(self, us: int) -> bool:
        """Whether this instant passes."""
        return (
            (self.since is None or self.since <= us)
            and (self.until is None or us <= self.until)
            and (self.instants is None or us in self.instants)
        )

    @property
    def backwards(self) -> bool:
        """Whether the bounds leave no room between them."""
        return self.since is not None and self.until is not None and self.since > self.until

    def only(self, asked: Sequence[int]) -> "Times":
        """These times and, of them, no instants but the asked."""
        kept = frozenset(us for us in asked if self.fit(us))
        return Times(min(kept, default=self.since), max(kept, default=self.until), kept)


@dataclass(frozen=True, kw_only=True)
class _ItemFilters:
    """What both kinds of list can be filtered by; None = not asked, empty = nothing passes.

    `contents` are case-folded, any of them is enough.
    """

    contents: frozenset[str] | None = None
    sender_ids: frozenset[int] | None = None
    sender_usernames: frozenset[str] | None = None
    times: Times = Times()

    @property
    def since(self) -> int | None:
        """No match was sent before this microsecond; None = unbounded."""
        return self.times.since

    @property
    def until(self) -> int | None:
        """No match was sent after this microsecond; None = unbounded."""
        return self.times.until

    @property
    def nothing(self) -> bool:
        """Whether it is certain that no item can match."""
        return frozenset() in (self.sender_ids, self.times.instants)

    @property
    def anything(self) -> bool:
        """Whether every item matches, because nothing was asked."""
        return self == type(self)()

    def may_match(self, *, content: str, sent_on: int) -> bool:
        """Whether an item can match whoever its people are; cheap, for they need not be named."""
        return self.times.fit(sent_on) and self._fit_text(content)

    def _fit(self, content: str, sent_on: int, sender: Person | None) -> bool:
        return _named(sender, self.sender_ids, self.sender_usernames) and self.may_match(
            content=content, sent_on=sent_on
        )

    def _fit_text(self, content: str) -> bool:
        if self.contents is None:
            return True
        folded = content.casefold()
        return any(part in folded for part in self.contents)


@dataclass(frozen=True, kw_only=True)
class InboxFilters(_ItemFilters):
    """The filters of an inbox list, of messages or of notices."""

    def matches(self, *, content: str, sent_on: int, sender: Person | None) -> bool:
        """Whether the list shows this item, sent at `sent_on` microseconds since 1970.

        `sender` is (id, username), or None for a notice and for a deleted account: neither is
        found by any filter on the sender.
        """
        return self._fit(content, sent_on, sender)


@dataclass(frozen=True, kw_only=True)
class SentFilters(_ItemFilters):
    """The filters of the list of sent messages."""

    recipient_ids: frozenset[int] | None = None
    recipient_usernames: frozenset[str] | None = None

    @property
    def nothing(self) -> bool:
        """Whether it is certain that no message can match."""
        return super().nothing or self.recipient_ids == frozenset()

    def matches(
        self,
        *,
        content: str,
        sent_on: int,
        sender: Person,
        recipients: Sequence[Person],
    ) -> bool:
        """Whether the list shows this message, sent at `sent_on` microseconds since 1970.

        `sender` is who asks; id and username of a recipient must hold for the same one.
        """
        return self._fit(content, sent_on, sender) and self._fit_recipients(recipients)

    def _fit_recipients(self, recipients: Sequence[Person]) -> bool:
        ids, usernames = self.recipient_ids, self.recipient_usernames
        return (ids is None and usernames is None) or any(
            _named(recipient, ids, usernames) for recipient in recipients
        )


def parse_inbox(query: Query) -> InboxFilters:
    """The filters of an inbox list; `query` holds every value of a key, untrimmed.

    Raises Invalid for all the keys at once whose values the reference implementation crashes on.
    """
    reader = _Reader(query)
    filters = InboxFilters(
        contents=reader.contents(),
        sender_ids=reader.ids("sender__id"),
        sender_usernames=reader.texts("sender__username"),
        times=reader.times(),
    )
    reader.finish()
    return filters


def parse_sent(query: Query) -> SentFilters:
    """The filters of the sent list, which has two more; otherwise as `parse_inbox`."""
    reader = _Reader(query)
    filters = SentFilters(
        contents=reader.contents(),
        sender_ids=reader.ids("sender__id"),
        sender_usernames=reader.texts("sender__username"),
        times=reader.times(),
        recipient_ids=reader.ids("recipient_id"),
        recipient_usernames=reader.texts("recipient_username"),
    )
    reader.finish()
    return filters


def _named(
    person: Person | None, ids: frozenset[int] | None, usernames: frozenset[str] | None
) -> bool:
    if person is None:
        return ids is None and usernames is None
    return (ids is None or person[0] in ids) and (usernames is None or person[1] in usernames)


class _Reader:
    """Reads one query key by key and keeps what is wrong with it until `finish`."""

    def __init__(self, query: Query):
        self._query = query
        self._problems: dict[str, list[str]] = {}

    def contents(self) -> frozenset[str] | None:
        parts = frozenset(text.casefold() for text in self._values("content"))
        return parts if parts and "" not in parts else None

    def texts(self, key: str) -> frozenset[str] | None:
        return frozenset(self._values(key)) or None

    def ids(self, key: str) -> frozenset[int] | None:
        try:
            ids = [int(text) for text in self._values(key)]
        except ValueError:
            self._problems[key] = [NOT_AN_INTEGER]
            return None
        return frozenset(id_ for id_ in ids if id_ in KEPT) if ids else None

    def times(self) -> Times:
        """What the keys of `sent_on` let pass together: of repeats, the widest one decides."""
        exact, gt, gte, lt, lte = map(self._instants, _LOOKUPS)
        since = [min(us) + step for us, step in ((gt, 1), (gte, 0)) if us]
        until = [max(us) - step for us, step in ((lt, 1), (lte, 0)) if us]
        times = Times(max(since, default=None), min(until, default=None))
        unknown = [self._instants(key) for key in self._query if _is_unknown_lookup(key)]
        if any(unknown) or times.backwards:
            return times.only(())
        return times.only(exact) if exact else times

    def finish(self) -> None:
        if self._problems:
            raise Invalid(self._problems)

    def _values(self, key: str) -> Sequence[str]:
        return self._query.get(key, ())

    def _instants(self, key: str) -> list[int]:
        """The instants among the values; those that cannot be read are as if absent."""
        try:
            read = [parse_timestamp(text) for text in self._values(key)]
        except OverflowError:
            self._problems[key] = [NOT_A_TIMESTAMP]
            return []
        return [us for us in read if us is not None]


def _is_unknown_lookup(key: str) -> bool:
    return key.startswith("sent_on__") and key not in _LOOKUPS
