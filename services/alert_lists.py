"""Subscriber lists: looked up, found or made, described, counted (alerts contract, 1.1-1.6)."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Protocol

from domain import alert_criteria
from domain.alert_criteria import Side
from domain.alert_errors import BLANK, NOT_A_UUID, NOT_ROOT_RELATIVE, ListNotFound, unprocessable
from domain.alert_lists import TYPES, Wanted
from domain.clock import Clock
from domain.errors import Invalid
from domain.matching import keys_of_list
from domain.root_relative import is_root_relative
from domain.slugs import slug_of, slug_with_suffix
from domain.uuids import as_uuid
from models.alert_lists import AlertLists as Store
from models.database import Document, Duplicate

MOST_SLUGS: Final = 10  # tried for one list; two of ten random digits hardly ever collide
LONGEST_ID: Final = 18
EDITABLE: Final = ("title", "description")
NOTHING_TO_CHANGE: Final = f"Must include at least one of: {', '.join(EDITABLE)}"

Params = Mapping[str, Any]


class Subscriptions(Protocol):
    """What lists ask of subscriptions."""

    async def counts(self, lists: Collection[int]) -> dict[int, int]: ...


class AlertLists:
    """The use cases of subscriber lists. Times are µs."""

    def __init__(
        self,
        store: Store,
        subscriptions: Subscriptions,
        clock: Clock,
        tag_keys: Sequence[str],
    ):
        self._store, self._subscriptions, self._clock = store, subscriptions, clock
        self._tags: Side = alert_criteria.tags(tag_keys)

    # Looking up

    async def exactly(self, given: Params) -> Document:
        """The list of exactly the criteria that a query gives; raises `ListNotFound`.

        An id that is none is no list's: were it taken for none given, whoever looks for a page
        would find, and subscribe to, the list of everything.
        """
        if _is_no_uuid(given.get("content_id")):
            raise ListNotFound
        wanted = Wanted(
            alert_criteria.asked(given.get("tags")),
            alert_criteria.asked(given.get("links")),
            _content_id(given),
            _types(given),
        )
        return _there(await self._store.exactly(wanted))

    async def find(self, name: str) -> Document:
        """A list by its slug, else by its id; raises `ListNotFound`."""
        found = await self._store.by_slug(name)
        is_id = name.isascii() and name.isdecimal() and len(name) <= LONGEST_ID
        if found is None and is_id:
            found = await self._store.get(int(name))
        return _there(found)

    async def active(self, one: Document) -> int:
        """How many subscribe to it now."""
        return (await self._subscriptions.counts([one["_id"]]))[one["_id"]]

    # Changing

    async def find_or_create(self, given: Params, actor: str | None) -> Document:
        """The list of these criteria, under the title and address given, made if there is none.

        Raises `Invalid`. Two at once make one; which title stays is then the later write's.
        """
        wanted, head = self._checked(given)
        for _ in range(MOST_SLUGS):
            found = await self._store.exactly(wanted)
            if found is not None:
                return await self._retitled(found, head)
            try:
                return await self._create(wanted, head, given.get("description"), actor)
            except Duplicate:  # another made it, or took the slug, since we looked
                continue
        raise AssertionError("no free slug was found")

    async def _retitled(self, found: Document, head: Document) -> Document:
        now = self._clock.stamp()
        if await self._store.change(found["_id"], head, now):
            return {**found, **head, "updated_at": now}
        return found

    async def _create(
        self, wanted: Wanted, head: Document, description: object, actor: str | None
    ) -> Document:
        now = self._clock.stamp()
        return await self._store.add(
            {
                "slug": await self._free_slug(head["title"]),
                **head,
                "description": _text(description),
                "tags": wanted.tags,
                "links": wanted.links,
                "content_id": wanted.content_id,
                **dict(zip(TYPES, wanted.types, strict=True)),
                "tags_digest": wanted.tags_digest,
                "links_digest": wanted.links_digest,
                "criteria": wanted.key,
                "keys": sorted(keys_of_list(wanted)),
                "signon_user_uid": actor,
                "created_at": now,
                "updated_at": now,
                "last_alerted_at": None,
                "last_audited_at": None,
            }
        )

    async def _free_slug(self, title: str) -> str:
        slug = slug_of(title)
        while not slug or await self._store.has_slug(slug):
            slug = slug_with_suffix(title, secrets.token_hex(5))
        return slug

    async def describe(self, name: str, given: Params) -> Document:
        """Change title and description; raises for neither before it looks for the list (1.4).

        What is no text, an array say, is not given: it must not empty what is there.
        """
        fields = {key: given[key] for key in EDITABLE if key in given and _is_text(given[key])}
        if not fields:
            raise unprocessable(NOTHING_TO_CHANGE)
        found = await self.find(name)
        problems = {"title": [BLANK]} if "title" in fields and _is_blank(fields["title"]) else {}
        if problems:
            raise Invalid(problems)
        head = {key: _text(value) for key, value in fields.items()}
        return await self._retitled(found, head)

    def _checked(self, given: Params) -> tuple[Wanted, Document]:
        """Criteria, and title and address; raises `Invalid` with all that is wrong."""
        title, url = given.get("title"), given.get("url")
        tags, tag_problems = alert_criteria.read(given.get("tags"), self._tags)
        links, link_problems = alert_criteria.read(given.get("links"), alert_criteria.LINKS)
        problems = {
            "title": [BLANK] if _is_blank(title) else [],
            "url": [NOT_ROOT_RELATIVE] if url is not None and not is_root_relative(url) else [],
            "tags": tag_problems,
            "links": link_problems,
            "content_id": [NOT_A_UUID] if _is_no_uuid(given.get("content_id")) else [],
        }
        wrong = {field: texts for field, texts in problems.items() if texts}
        if wrong:
            raise Invalid(wrong)
        wanted = Wanted(tags, links, _content_id(given), _types(given))
        return wanted, {"title": str(title), "url": url}


def _there(found: Document | None) -> Document:
    if found is None:
        raise ListNotFound
    return found


def _is_text(value: object) -> bool:
    """Can it be kept as a text, or as none?"""
    return value is None or _text(value) is not None


def _text(value: object) -> str | None:
    """A text, or a number as one; None for what is neither."""
    is_text = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if is_text else None


def _is_blank(value: object) -> bool:
    """Nothing, white space, or what is no text at all."""
    return not (_text(value) or "").strip()


def _is_no_uuid(value: object) -> bool:
    return value not in (None, "") and as_uuid(value) is None


def _content_id(given: Params) -> str | None:
    return as_uuid(given.get("content_id"))


def _types(given: Params) -> tuple[str, str, str]:
    first, second, third = (_text(given.get(name)) or "" for name in TYPES)
    return first, second, third
