"""The command line for stages: lifecycle, duplicates, invalid ones (contract 3.4 and 6.1)."""

import pytest

from commands.line import parser
from domain.errors import Invalid
from domain.instants import to_text
from domain.records import Lease, Record
from domain.stage_texts import NOT_FOR_WHATSAPP
from domain.windows import Window
from services.stage_catching_up import MOVE
from services.stage_successors import successor
from services.turns import Turn
from tests.commands.wards import row, us, ward
from tests.conftest import HandClock, StoreUris

MINUTE, HOUR = 60, 3_600
WHOLE = Window()
TUESDAYS_AND_THURSDAYS = "0 8 * * 2,4"


@pytest.mark.gen_test(timeout=30)
async def test_a_lifecycle_over_two_sets(
    store_uris: StoreUris,
    database_name: str,
    hand_clock: HandClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with ward(database_name, store_uris, hand_clock) as here:
        at = await here.schedule(TUESDAYS_AND_THURSDAYS)
        second = await here.set("second", at, 2)
        first = await here.set("first", at, 3, second)
        begun = to_text(hand_clock.at)
        await here.subscribe(first, at)
        await here.subscribe(first, at, initial_sequence_number=2, next_sequence_number=2)
        await here.subscribe(first, at, process_status=1)
        before = await here.rows()
        left_alone = before[2]

        words = ("fast-forward", "--at", "2016-11-03T07:59:59Z", "--dry-run")
        dry = {"subscriptions": 2, "moved": 2, "ended": 0, "made": 0, "changed": 0}
        assert await here.counts(capsys, *words) == {**dry, "dry_run": True}
        assert await here.rows() == before, "a dry run leaves all alone"
        assert (await here.counts(capsys, *words[:-1]))["moved"] == 2
        moved = [row(begun, first, 2), row(begun, first, 3), left_alone]
        assert await here.rows() == moved
        earlier = await here.counts(capsys, "fast-forward", "--at", "2016-11-01T07:30:00Z")
        assert (earlier["moved"], await here.rows()) == (0, moved), "nobody goes back"

        hand_clock.at = us("2016-11-10T08:00:00Z")
        assert await here.run("fast-forward", "--set", str(first)) == 0
        assert capsys.readouterr().out == (
            "Looked at 2 subscriptions: 2 moved on, 3 ended, 2 begun in sets that follow.\n"
        )
        assert await here.rows() == [
            row(begun, first, 3, over=True),
            row(begun, first, 3, over=True),
            left_alone,
            row("2016-11-08T08:01:00Z", second, 2),
            row("2016-11-03T08:01:00Z", second, 2, over=True),
        ]
        again = await here.counts(capsys, "fast-forward")
        assert (again["subscriptions"], again["moved"]) == (1, 0)
        assert await here.run("fast-forward", "--set", "777") == 1
        assert capsys.readouterr().err == "There is no message set 777.\n"


@pytest.mark.gen_test(timeout=30)
async def test_a_lifecycle_ends_where_nothing_is_said(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with ward(database_name, store_uris, hand_clock) as here:
        each_minute = await here.schedule("* * * * *")
        last = await here.set("last", each_minute, 1)
        silent = await here.set("silent", each_minute, 0, last)
        first = await here.set("first", each_minute, 1, silent)
        begun = to_text(hand_clock.at)
        await here.subscribe(first, each_minute)
        await here.subscribe(silent, each_minute)
        hand_clock.move(10 * MINUTE)
        assert await here.run("fast-forward") == 0
        assert await here.rows() == [
            row(begun, first, 1, over=True),
            row(begun, silent, 1),
            row("2016-11-01T07:01:59.999999Z", silent, 1),
        ]


@pytest.mark.gen_test(timeout=30)
async def test_a_move_that_is_done_again_begins_nobody_twice(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    """As another process does it that finds the record left."""
    async with ward(database_name, store_uris, hand_clock) as here:
        at = await here.schedule("0 8 * * *")
        second = await here.set("second", at, 1)
        first = await here.set("first", at, 1, second)
        for _ in range(2):
            await here.subscribe(first, at)
        store, catching_up = here.house.app.stages.store, here.house.app.upkeep.catching_up
        stale, plain = await store.subscriptions.find({})
        here.clock.move(1)
        await here.house.app.stages.subscriptions.change(
            here.user, stale["_id"], {"lang": "zul_ZA"}, partial=True
        )
        moves = [
            {
                **{name: one[name] for name in ("_id", "edition")},
                "fields": {"completed": True, "active": False, "process_status": 2},
                "following": [successor(one, 100 + one["_id"], (second, at), here.clock.at)],
            }
            for one in (stale, plain)
        ]
        body = {"moves": moves, "name": "r", "at": here.clock.at}
        record = Record("r", MOVE, 1, 1, None, body, lease=Lease("gone", 0))
        changes = here.house.changes
        for _ in range(2):
            turn = Turn(record, here.house.records, changes.clock, 0, finishing=True)
            await catching_up.apply(record, turn)
        rows = await here.rows()
        assert [one["completed"] for one in rows] == [False, True, False]
        assert [one["messageset"] for one in rows] == [first, first, second]


@pytest.mark.gen_test(timeout=30)
async def test_behind_over_sets_of_which_one_is_empty(
    store_uris: StoreUris,
    database_name: str,
    hand_clock: HandClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("commands.progress.SAID_EACH_S", 0)
    async with ward(database_name, store_uris, hand_clock) as here:
        hourly = await here.schedule("0 * * * *")
        third = await here.set("third", hourly, 3)
        empty = await here.set("empty", hourly, 0, third)
        first = await here.set("first", hourly, 1, empty)
        await here.subscribe(first, hourly)
        await here.subscribe(first, hourly, active=False)
        for hours in (1, 2, 3):
            at = to_text(hand_clock.at + hours * HOUR * 1_000_000)
            found = await here.counts(capsys, "find-behind", "--at", at, "--dry-run")
            assert found == {"subscriptions": 1, "behind": 1, "messages": hours, "dry_run": True}
        assert await here.run("find-behind", "--at", at) == 0
        text = "Looked at 1 subscriptions: 1 behind, by 3 messages together.\n"
        assert capsys.readouterr() == (text, "subscriptions: 100\n")
        (kept,) = (await here.house.app.upkeep.behind.listed(WHOLE)).items
        assert (kept["messages_behind"], kept["expected_name"]) == (3, "third")
        assert kept["expected_sequence_number"] == 3
        none = await here.counts(capsys, "find-behind", "--set", str(third))
        assert none["subscriptions"] == 0


@pytest.mark.gen_test(timeout=30)
async def test_duplicates_and_invalid_ones(
    store_uris: StoreUris,
    database_name: str,
    hand_clock: HandClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with ward(database_name, store_uris, hand_clock) as here:
        daily = await here.schedule("0 8 * * *")
        one, other = await here.set("one", daily, 1), await here.set("other", daily, 1)
        first = await here.subscribe(one, daily)
        same = await here.subscribe(one, daily, metadata="{}", next_sequence_number=1)
        kept = [
            await here.subscribe(one, daily, identity="bob", process_status=-1),
            await here.subscribe(other, daily, process_status=-1),
            await here.subscribe(one, daily, lang="zul_ZA"),
            await here.subscribe(one, daily, version=2),
            await here.subscribe(one, daily, active=False),
        ]
        hand_clock.move(61)
        late = await here.subscribe(one, daily)

        async def numbers() -> list[int]:
            found = await here.house.app.stages.store.subscriptions.find({})
            return [one["_id"] for one in found]

        dry = await here.counts(capsys, "remove-duplicates", "--dry-run")
        assert dry == {"subscriptions": 7, "removed": 1, "dry_run": True}
        assert same in await numbers()
        assert await here.run("remove-duplicates") == 0
        assert capsys.readouterr().out == "Looked at 7 subscriptions: 1 duplicates removed.\n"
        assert await numbers() == [first, *kept, late]
        assert (await here.counts(capsys, "remove-duplicates"))["removed"] == 0

        assert await here.run("mark-invalid", "--dry-run") == 0
        text = "Only counted. Looked at 2 subscriptions: 2 marked as invalid.\n"
        assert capsys.readouterr().out == text
        words = ("mark-invalid", "--set", str(other))
        wanted = {"subscriptions": 1, "marked": 1, "dry_run": False}
        assert await here.counts(capsys, *words) == wanted
        found = await here.house.app.stages.subscriptions.get(kept[1])
        assert (found["process_status"], found["updated_at"]) == (5, hand_clock.at)
        assert (await here.house.app.stages.subscriptions.get(kept[0]))["process_status"] == -1


@pytest.mark.gen_test(timeout=30)
async def test_a_set_that_goes_by_whatsapp_has_no_gaps(
    store_uris: StoreUris,
    database_name: str,
    hand_clock: HandClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with ward(database_name, store_uris, hand_clock) as here:
        made = await here.set("made", await here.schedule("0 8 * * *"), 1)
        words = ("channel", "--set", str(made))
        messages = here.house.app.stages.messages

        async def say(number: int, text: str | None) -> object:
            place = {"messageset": made, "lang": "eng_ZA", "sequence_number": number}
            return await messages.create(here.user, {**place, "text_content": text})

        await say(2, "two\nlines")
        counts = {"set": made, "channel": "JUNEBUG_WhatsApp"}
        assert await here.counts(capsys, *words, "--to", "JUNEBUG_WhatsApp") == counts
        for text in ("a\nb", "a\tb", "a    b"):
            with pytest.raises(Invalid) as refused:
                await say(3, text)
            assert refused.value.problems == [NOT_FOR_WHATSAPP]
        await say(3, "a   b")
        with pytest.raises(Invalid) as refused:
            await say(4, None)
        assert refused.value.problems == ["Messages must have text or file attached"]
        assert await here.run(*words) == 0
        assert capsys.readouterr().out == f"Message set {made} goes by what its sender likes.\n"
        await say(4, "a\nb")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["sort"],
        ["channel"],
        ["find-behind", "--set", "x"],
        ["fast-forward", "--at", "tomorrow"],
    ],
)
def test_wrong_words(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["stages", *words])
    assert ended.value.code == 2
