"""Plays a case: the script's steps on one side, a client under test on the other."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tests.clients.calls import Call
from tests.clients.cases import (
    Case,
    Step,
    contains,
    event_of,
    latest,
    listed,
    repeated,
    wire,
    written_out,
)
from tests.clients.sessions import Sessions, credential_of
from tests.clients.stage import SUBPROTOCOL, WAYS, Conversation, Stage
from tests.clients.telling import Telling

LIMIT_S = 20.0
LATE_S = 1.0  # what a busy machine may add to the longest wait of a step: half a second was seen
EARLY_S = 0.003  # what timers round off
MARKER = "marker"


class Driver(Protocol):
    """A client under test. ``handed`` grows; ``changed`` is set with every news."""

    handed: list[dict[str, Any]]
    shown: list[str]
    changed: asyncio.Event

    async def begin(self, case: Case) -> None: ...

    async def act(self, step: Step) -> None:
        """Begin to do something; what becomes of it is handed."""

    async def end(self) -> None: ...


class Player:
    """One run of one case."""

    def __init__(self, case: Case, stage: Stage, driver: Driver):
        self._case, self._stage, self._driver = case, stage, driver
        self._current: Conversation | Telling | None = None
        self._begun = self._earliest = self._moment = 0.0
        self._words: dict[str, str] = {}
        self._markers = self._taken = 0
        self._sessions = Sessions()
        stage.house |= self._sessions.house()

    async def play(self) -> None:
        """Raise AssertionError when the client does not do what the case asks for."""
        await self._driver.begin(self._case)
        try:
            for number, step in enumerate(self._case.script, 1):
                await self._play_numbered(number, step)
            await self._driver.end()
            self._check_rest()
        finally:
            await self._driver.end()
            await self._stage.clear()

    async def _play_numbered(self, number: int, step: Step) -> None:
        try:
            await self._play(step)
        except (AssertionError, TimeoutError) as error:
            raise AssertionError(self._story(number, step, error)) from error

    def _story(self, number: int, step: Step, error: BaseException) -> str:
        why = str(error) or "nothing came"
        return (
            f"{self._case.title}\nstep {number} {json.dumps(step)}\n{why}\nhanded: {self._news()}"
        )

    async def _play(self, step: Step) -> None:
        verb = next(iter(step))
        play: Callable[[Any, Step], Any] = getattr(self, f"_play_{verb}")
        self._begun = self._now_s()
        async with asyncio.timeout(LIMIT_S + self._real_s(latest(step))):
            await play(step[verb], step)

    def _real_s(self, ms: float) -> float:
        return ms / 1000 * self._case.scale

    def _acted(self, since_s: float | None = None) -> None:
        """The client saw it between then (or the step's beginning) and now: a wait begins there."""
        self._earliest = self._begun if since_s is None else since_s
        self._moment = self._now_s()

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    # The client's side

    async def _play_do(self, _: str, step: Step) -> None:
        self._acted()
        await self._driver.act(step)

    async def _play_handed(self, wanted: Any, _: Step) -> None:
        """Exactly these events since the last time, whatever else may be on its way."""
        expected = list(repeated(**wanted)) if isinstance(wanted, dict) else wanted
        await self._until(lambda: len(self._news()) >= len(expected))
        if self._current is not None and self._current.is_open:
            await self._mark()
        news = self._news()
        self._taken = len(self._driver.handed)
        assert len(news) == len(expected), f"expected {len(expected)} events"
        for event, wanted in zip(news, expected, strict=True):
            assert contains(event, event_of(wanted)), f"{event} is not {wanted}"

    async def _mark(self) -> None:
        """A change of no case, in the same stream: what was said before it was dealt with."""
        assert self._current is not None
        self._markers += 1
        name = f"{MARKER}/{self._markers}"
        self._current.say(json.dumps(written_out({"change": name})))
        await self._until(lambda: any(one.get("change") == name for one in self._driver.handed))

    async def _play_shows(self, expected: list[str], _: Step) -> None:
        """The live list's items, in their order."""
        try:
            await self._until(lambda: self._driver.shown == expected)
        except TimeoutError:
            raise AssertionError(f"shows {self._driver.shown}") from None

    def _news(self) -> list[dict[str, Any]]:
        return [
            event
            for event in self._driver.handed[self._taken :]
            if not str(event.get("change")).startswith(MARKER)
        ]

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._driver.changed.clear()
            await self._driver.changed.wait()

    def _check_rest(self) -> None:
        """Nothing was handed, asked or dialled that the script does not know of."""
        assert not self._news(), f"{self._case.title}\nalso handed: {self._news()}"
        asked = [self._stage.asked.get_nowait() for _ in range(self._stage.asked.qsize())]
        assert not asked, f"{self._case.title}\nalso asked: {[call.path for call in asked]}"
        assert self._stage.dialled.empty(), f"{self._case.title}\nalso dialled"

    # The server's side: connections

    async def _play_accept(self, wanted: Mapping[str, Any], _: Step) -> None:
        call = await self._dialled(wanted)
        self._sessions.refusal = None
        self._current = self._stage.converse(call)
        self._acted(call.at)

    async def _play_refuse(self, wanted: Mapping[str, Any], _: Step) -> None:
        call = await self._dialled(wanted)
        self._sessions.refusal = wanted
        call.answer(wanted["status"], wanted.get("headers"), wanted.get("body", b""))
        self._acted(call.at)

    async def _play_drop(self, wanted: Mapping[str, Any], _: Step) -> None:
        call = await self._dialled(wanted)
        call.cut()
        self._acted(call.at)

    async def _play_ignore(self, wanted: Mapping[str, Any], _: Step) -> None:
        self._acted((await self._dialled(wanted)).at)

    async def _play_quiet(self, ms: float, _: Step) -> None:
        """Nobody comes."""
        assert self._stage.dialled.empty(), "it has come back already"
        try:
            async with asyncio.timeout(self._real_s(ms)):
                await self._stage.dialled.get()
        except TimeoutError:
            return
        raise AssertionError("it came back")

    async def _dialled(self, wanted: Mapping[str, Any]) -> Call:
        call = await self._stage.dialled.get()
        way, since = WAYS[call.path], call.first("since")
        assert way == wanted.get("way", self._case.ways[0]), f"came by {way}"
        offered = call.headers.get("sec-websocket-protocol", "").split(",")
        is_offered = SUBPROTOCOL in [one.strip() for one in offered]
        assert way != "websocket" or is_offered, "the subprotocol is not offered"
        assert "credential" not in str(call.query), "a credential stands in the address"
        assert since == wanted.get("since", since), f"since is {since}"
        number = wanted.get("credential", 1)
        assert credential_of(call) == f"credential-{number}", f"came with {credential_of(call)}"
        self._check_wait(call, wanted.get("after_ms"))
        return call

    def _check_wait(self, call: Call, bounds_ms: Sequence[float] | None) -> None:
        if bounds_ms is not None:
            least, most = map(self._real_s, bounds_ms)
            told = f"came after {(call.at - self._moment) / self._case.scale * 1000:.0f} ms"
            assert call.at - self._earliest >= least - EARLY_S, told
            assert call.at - self._moment <= most + LATE_S, told

    # The server's side: frames

    def _open(self) -> Conversation | Telling:
        assert self._current is not None
        assert self._current.is_open, "the client hung up"
        return self._current

    async def _play_say(self, frames: Sequence[Mapping[str, Any]], step: Step) -> None:
        for frame in frames:
            self._open().say(wire(frame), step.get("pieces", 1))
        self._acted()

    async def _play_repeat(self, frame: Mapping[str, Any], step: Step) -> None:
        """The frame once for each number; ``#`` stands for it."""
        for each in repeated(frame, step["numbers"]):
            self._open().say(json.dumps(written_out(each)))
        self._acted()

    async def _play_cut(self, inside: Mapping[str, Any], _: Step) -> None:
        conversation = self._open()
        if inside:
            conversation.say_half(json.dumps(written_out(inside)))
        await conversation.cut()
        await conversation.closed.wait()
        self._acted()

    async def _play_close(self, code: int | None, _: Step) -> None:
        self._open().close(code)
        self._acted()

    async def _play_hears(self, frame: Mapping[str, Any], _: Step) -> None:
        """Acknowledgements may come at any time; a step that wants one gets the next."""
        heard = json.loads(await self._open().heard.get())
        while heard.get("type") == "ack" != frame["type"]:
            heard = json.loads(await self._open().heard.get())
        assert contains(heard, frame), f"heard {heard}"

    async def _play_leaves(self, _: object, __: Step) -> None:
        """The client hangs up."""
        assert self._current is not None
        await self._current.closed.wait()
        assert self._current.close_code in (1000, 1001, 1005), self._current.close_code

    # The server's side: requests

    async def _play_answer(self, wanted: Mapping[str, Any], step: Step) -> None:
        call = await self._stage.asked.get()
        method, path = wanted["request"].split(" ")
        assert (call.method, call.path) == (method, path), f"asked {call.method} {call.path}"
        assert contains(call.json or {}, wanted.get("body", {})), f"asked with {call.body!r}"
        for name, value in wanted.get("query", {}).items():
            assert call.first(name) == value, f"asked with {call.query}"
        for name, value in wanted.get("headers", {}).items():
            self._check_word(call.headers.get(name.lower()), value)
        self._check_wait(call, wanted.get("after_ms"))
        self._reply(call, step["with"])
        self._acted(call.at)

    def _check_word(self, found: str | None, wanted: str | None) -> None:
        """A word with ``$`` stands for one value throughout a case, and no other word for it."""
        if wanted is None or not wanted.startswith("$"):
            assert found == wanted, f"a header is {found}"
            return
        assert found, "a header is missing"
        others = [value for word, value in self._words.items() if word != wanted]
        assert self._words.setdefault(wanted, found) == found, f"{wanted} was another"
        assert found not in others, f"{wanted} is not new"

    def _reply(self, call: Call, reply: Any) -> None:
        if reply == "cut":
            call.cut()
        elif reply != "nothing":
            body = reply.get("body", b"")
            if isinstance(body, dict) and "items" in body:
                body = {"next": None, **body, "items": [listed(item) for item in body["items"]]}
            if isinstance(body, dict) and "changes" in body:
                body = {**body, "changes": [written_out(one) for one in body["changes"]]}
            most_bytes = reply.get("most_bytes")
            call.answer(reply["status"], reply.get("headers"), body, most_bytes=most_bytes)
