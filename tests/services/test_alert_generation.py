"""Making the e-mails of a content: commands for each thousand, deaths, comings, many at once."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from domain.errors import Unavailable
from models.database import Database
from services.alert_generation import Generation
from tests.commands_sent import Commands
from tests.conftest import HandClock, StoreUris
from tests.services.alert_crowds import Crowd
from tests.services.houses import House

CHANGE = "content_change"


@pytest.mark.gen_test(timeout=60)
async def test_commands_for_each_thousand_subscribers_are_the_same(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    house, commands = House(database_name, store_uris, hand_clock), Commands()
    house.carillon.database.close()
    listeners = [commands]
    house.carillon.database = Database(store_uris.mongodb, database_name, listeners=listeners)
    house.carillon._undo.callback(house.carillon.database.close)
    async with house:
        crowd = Crowd(house.carillon)
        number = await crowd.listed()
        counts = []
        for more in (50, 950):
            await crowd.subscribe(number, more)
            _, document = await crowd.publish()
            commands.sent.clear()
            await crowd.alerts.posting.generation.generate(CHANGE, document, [number])
            counts.append(len(commands.sent))
        assert len(await crowd.rows("emails")) == 50 + 1_000
        few, thousand = counts
        assert few <= 13, Counter(map(str, commands.sent))
        assert thousand <= few + 8, Counter(
            map(str, commands.sent)
        )  # an $in holds 250, and there are two


def _dying(generation: Generation, after: int) -> Callable[..., Any]:
    """`generate`, whose writes fail after so many: as a process that dies in between."""
    left = after

    def limited(real: Any) -> Any:
        async def write(*args: Any) -> Any:
            nonlocal left
            if left == 0:
                raise Unavailable
            left -= 1
            return await real(*args)

        return write

    mail, sent = generation._mail, generation._kept.sent
    dying_sent: Any = type("Dying", (), {"emails": sent.emails, "add_all": limited(sent.add_all)})
    dying_emails: Any = type("Dying", (), {"add_all": limited(mail.emails.add_all)})
    dying_jobs: Any = type("Dying", (), {"add_all": limited(mail._jobs.add_all)})
    dying_mail = type(mail)(
        dying_emails,
        dying_jobs,
        mail._wishes,
        mailer=mail._mailer,
        ask=mail._ask,
        settings=mail._settings,
    )
    kept = dataclasses.replace(generation._kept, sent=dying_sent)
    return Generation(
        kept, dying_mail, generation._texts, generation._progress, generation._clock
    ).generate


@pytest.mark.gen_test(timeout=60)
async def test_a_death_at_any_write_loses_and_doubles_nothing(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with House(database_name, store_uris, hand_clock) as house:
        crowd = Crowd(house.carillon)
        number = await crowd.listed()
        ids = await crowd.subscribe(number, 5)
        generation = crowd.alerts.posting.generation
        for after in range(4):
            content, document = await crowd.publish()
            dying = _dying(generation, after)
            if after < 3:
                with pytest.raises(Unavailable):
                    await dying(CHANGE, document, [number])
            hand_clock.move(3)
            await generation.generate(CHANGE, document, [number])
            mails = [one for one in await crowd.rows("emails") if one["content"] == content]
            assert sorted(one["subscriber"] for one in mails) == ids
            sent = {
                one["email"]
                for one in await crowd.rows("subscription_contents")
                if one["content"] == content
            }
            assert sent == {one["_id"] for one in mails}
            jobs = await house.app.later.listed(kind="mail.immediate")
            assert {f"mail:{one['_id']}" for one in mails} <= {job.key for job in jobs}


@pytest.mark.gen_test(timeout=60)
async def test_two_at_once_and_who_changes_meanwhile(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with House(database_name, store_uris, hand_clock) as house:
        crowd = Crowd(house.carillon)
        number, other = await crowd.listed(), await crowd.listed("Oil 2", document_type="x")
        people = crowd.alerts.stores.people
        ids = await crowd.subscribe(number, 30)
        _, document = await crowd.publish()
        generate = crowd.alerts.posting.generation.generate
        (gone,) = await people.subscriptions.active_of(ids[0])
        await people.subscriptions.end(gone["_id"], "unsubscribed", 1)
        await asyncio.gather(*(generate(CHANGE, document, [number, other]) for _ in range(3)))
        # A newer subscription on another of its lists does not bring the same once more.
        hand_clock.move(5)
        row = await people.subscriptions.active_of(ids[1])
        fresh = {**row[0], "_id": "fresh", "list": other, "created_at": hand_clock.at}
        await people.subscriptions.add([fresh])
        await generate(CHANGE, document, [number, other])
        mails = await crowd.rows("emails")
        assert sorted(one["subscriber"] for one in mails) == ids[1:]


@pytest.mark.gen_test(timeout=60)
async def test_who_comes_while_a_list_is_let_go_stays(
    store_uris: StoreUris, database_name: str, hand_clock: HandClock
) -> None:
    async with House(database_name, store_uris, hand_clock) as house:
        crowd = Crowd(house.carillon)
        number = await crowd.listed()
        ids = await crowd.subscribe(number, 4, "weekly")
        _, document = await crowd.publish(
            unsubscribes=number, override_subscription_frequency_to_immediate=True
        )
        generation = crowd.alerts.posting.generation
        queue_all, late = generation._mail.queue_all, []

        async def queue_and_let_in(mails: Any) -> None:
            await queue_all(mails)
            late.extend(await crowd.subscribe(number, 1, prefix="late"))

        vars(generation._mail)["queue_all"] = queue_and_let_in
        await generation.generate("message", document, [number])
        told = {one["subscriber"] for one in await crowd.rows("emails")}
        active = {one["subscriber"] for one in await crowd.rows("subscriptions") if "active" in one}
        assert told == set(ids)
        assert active == set(late)
        assert late
