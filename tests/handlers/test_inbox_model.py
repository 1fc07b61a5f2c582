"""A model of two people's mailboxes against the REST lists: whatever they do, both agree."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.handlers.inbox_calls import MESSAGE, NOTICE, Inbox
from tests.sites import Person, Site

Run = Callable[[Coroutine[Any, Any, Any]], Any]

SIDES = st.integers(0, 1)
KINDS = st.sampled_from([MESSAGE, NOTICE])
WHICH = st.sets(st.integers(0, 6), min_size=1, max_size=4)  # places in a list, some beyond it
NUMBERS = count()


@dataclass
class Mailbox:
    """What one person should see: contents, oldest first, and whether they are read."""

    received: dict[str, dict[str, bool]] = field(default_factory=lambda: {MESSAGE: {}, NOTICE: {}})
    sent: list[str] = field(default_factory=list)

    def listed(self, kind: str) -> list[tuple[str, bool]]:
        newest = list(self.received[kind].items())[::-1]
        return sorted(newest, key=lambda item: item[1])


class Mailboxes(RuleBasedStateMachine):
    """Two people who send to each other, and to both of whom notices are sent."""

    def __init__(self, site: Site, run: Run, admin: Person):
        super().__init__()
        self.run, self.site, self.admin = run, site, admin
        number = next(NUMBERS)
        self.people = run(site.people(f"left{number}", f"right{number}"))
        self.boxes = [Mailbox(), Mailbox()]
        self.inbox = {kind: Inbox(site, kind) for kind in (MESSAGE, NOTICE)}

    @rule(side=SIDES)
    def send(self, side: int) -> None:
        content = f"c{next(NUMBERS)}"
        me, other = self.people[side], self.people[1 - side]
        self.run(self.inbox[MESSAGE].sent(me, content, other))
        self.boxes[side].sent.append(content)
        self.boxes[1 - side].received[MESSAGE][content] = False

    @rule(to_all=st.booleans())
    def notify(self, to_all: bool) -> None:
        content = f"n{next(NUMBERS)}"
        to = [one.id for one in self.people]
        body: Any = {"content": content, "recipient_ids": to}
        if to_all:
            body = {"content": content, "audience": "everyone"}
        assert self.run(self.inbox[NOTICE].send(self.admin, body)).status == 201
        for box in self.boxes:
            box.received[NOTICE][content] = False

    @rule(side=SIDES, kind=KINDS, which=WHICH, is_read=st.booleans())
    def mark(self, side: int, kind: str, which: set[int], is_read: bool) -> None:
        chosen = self._change(side, kind, "mark-read" if is_read else "mark-unread", which)
        self.boxes[side].received[kind] |= dict.fromkeys(chosen, is_read)

    @rule(side=SIDES, kind=KINDS, which=WHICH)
    def delete(self, side: int, kind: str, which: set[int]) -> None:
        for content in self._change(side, kind, "delete", which):
            del self.boxes[side].received[kind][content]

    @rule(side=SIDES, which=WHICH)
    def delete_sent(self, side: int, which: set[int]) -> None:
        me, box, inbox = self.people[side], self.boxes[side], self.inbox[MESSAGE]
        items = self.run(inbox.get(me, "sent/"))
        chosen = [item for n, item in enumerate(items) if n in which]
        ids = [item["id"] for item in chosen] or [0]
        status, _ = self.run(inbox.change(me, "delete-sent", ids))
        assert status == (204 if chosen else 400)
        box.sent = [one for one in box.sent if one not in {item["content"] for item in chosen}]

    def _change(self, side: int, kind: str, action: str, which: set[int]) -> list[str]:
        """Change what stands at these places of the list; returns its contents."""
        me, inbox = self.people[side], self.inbox[kind]
        items = self.run(inbox.get(me))
        chosen = [item for n, item in enumerate(items) if n in which]
        # The other one's items are not one's own, whatever is asked.
        theirs = self.run(inbox.get(self.people[1 - side])) if kind == MESSAGE else []
        ids = [item["id"] for item in (*chosen, *theirs)] or [0]
        status, _ = self.run(inbox.change(me, action, ids))
        assert status == (400 if not chosen else 204 if action == "delete" else 200)
        return [item["content"] for item in chosen]

    def teardown(self) -> None:
        for person, box in zip(self.people, self.boxes, strict=True):
            self.run(self._compare(person, box))

    async def _compare(self, person: Person, box: Mailbox) -> None:
        counts = (await self.site.request("GET", "/inbox/counts", person)).json
        for kind, inbox in self.inbox.items():
            wanted = box.listed(kind)
            for path in ("", "?cursor=&limit=1000"):
                found = await inbox.get(person, path)
                assert [(one["content"], one["is_read"]) for one in found] == wanted
            for path, state in (("read/", True), ("unread/", False)):
                kept = [content for content, is_read in wanted if is_read is state]
                assert await inbox.contents(person, path) == kept
            assert counts[f"{kind}s"] == sum(not is_read for _, is_read in wanted)
        assert await self.inbox[MESSAGE].contents(person, "sent/") == box.sent[::-1]


def test_two_mailboxes_are_as_the_model_says(site: Site, io_loop: Any) -> None:
    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return io_loop.run_sync(lambda: work, timeout=30)

    admin = run(site.admin())
    machine: Any = lambda: Mailboxes(site, run, admin)  # noqa: E731 - Hypothesis takes any factory
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=12, stateful_step_count=20, deadline=None, database=None),
    )
