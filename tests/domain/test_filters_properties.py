"""What filters of the inbox show, for any query and any item, against the rules said plainly."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.filters import InboxFilters, SentFilters, parse_inbox, parse_sent
from domain.instants import parse_timestamp
from tests.domain.test_filters import LOOKUPS, SENT, Item, Query

seconds = st.integers(-3, 3).map(lambda us: f"{us / 1e6:.6f}")
stamps = st.lists(seconds | st.sampled_from(["", "word", "nan", "1e12"]), min_size=1, max_size=3)
ids = st.lists(st.sampled_from(["1", " 2 ", "3", "-1", str(2**70)]), min_size=1, max_size=3)
names = st.lists(st.sampled_from(["a", "A", "b", ""]), min_size=1, max_size=3)
texts = st.lists(st.sampled_from(["", "a", "B", "%", "ab", " "]), min_size=1, max_size=3)
queries = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys([*LOOKUPS, "sent_on__foo"], stamps),
        **dict.fromkeys(["sender__id", "recipient_id"], ids),
        **dict.fromkeys(["sender__username", "recipient_username"], names),
        "content": texts,
        "other": texts,
    },
)
people = st.tuples(st.integers(1, 3), st.sampled_from("aAb"))
items = st.fixed_dictionaries(
    {
        "content": st.text("aAbB% ", max_size=3),
        "sent_on": st.integers(-4, 4),
        "sender": people,
        "recipients": st.lists(people, min_size=1, max_size=3),
    }
)


def fits_time(key: str, values: Sequence[str], sent_on: int) -> bool:
    asked = [us for us in map(parse_timestamp, values) if us is not None]
    compare = {
        "sent_on": int.__eq__,
        "sent_on__gt": int.__gt__,
        "sent_on__gte": int.__ge__,
        "sent_on__lt": int.__lt__,
        "sent_on__lte": int.__le__,
        "sent_on__foo": lambda *_: False,
    }[key]
    return not asked or any(compare(sent_on, us) for us in asked)


def names_person(query: Query, prefix: str, person: tuple[int, str] | None) -> bool:
    asked_ids, asked_names = query.get(f"{prefix}id"), query.get(f"{prefix}username")
    if person is None:
        return asked_ids is None and asked_names is None
    return (asked_ids is None or any(int(text) == person[0] for text in asked_ids)) and (
        asked_names is None or any(text == person[1] for text in asked_names)
    )


def shows(query: Query, item: Item) -> bool:
    contents = query.get("content", [""])
    return (
        any(text.casefold() in item["content"].casefold() for text in contents)
        and names_person(query, "sender__", item["sender"])
        and all(fits_time(key, query[key], item["sent_on"]) for key in query if "sent" in key)
    )


def may_show(filters: InboxFilters | SentFilters, item: Item) -> bool:
    """What a database query narrowed by the attributes would still find."""
    sender, since, until = item["sender"], filters.since, filters.until
    ids_, usernames = filters.sender_ids, filters.sender_usernames
    return (
        not filters.nothing
        and (ids_ is None or (sender is not None and sender[0] in ids_))
        and (usernames is None or (sender is not None and sender[1] in usernames))
        and (since is None or since <= item["sent_on"])
        and (until is None or item["sent_on"] <= until)
    )


@given(queries, items, st.booleans())
def test_an_inbox_shows_what_the_rules_say(query: Query, item: Item, by_nobody: bool) -> None:
    filters = parse_inbox(query)
    shown = {**item, "sender": None if by_nobody else item["sender"]}
    del shown["recipients"]
    matches = filters.matches(**shown)
    assert matches is shows(query, shown)
    assert may_show(filters, shown) or not matches
    assert matches or not filters.anything


@given(queries, items)
def test_the_sent_list_shows_what_the_rules_say(query: Query, item: Item) -> None:
    filters = parse_sent(query)
    matches = filters.matches(**item)
    assert matches is (
        shows(query, item)
        and any(names_person(query, "recipient_", person) for person in item["recipients"])
    )
    recipient_ids = {recipient[0] for recipient in item["recipients"]}
    asked = filters.recipient_ids
    assert not matches or (may_show(filters, item) and (asked is None or recipient_ids & asked))
    assert matches or not filters.anything


def judged(query: Query) -> object:
    """The filters' answer, or what is wrong with them."""
    try:
        return parse_sent(query).matches(**SENT)
    except Invalid as error:
        return error.problems


@given(st.dictionaries(st.sampled_from([*LOOKUPS, "sender__id", "x"]), st.lists(st.text())))
def test_no_query_is_more_than_invalid(query: Query) -> None:
    answer = judged(query)
    assert isinstance(answer, bool) or (isinstance(answer, dict) and set(answer) <= set(query))
