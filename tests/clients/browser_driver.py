"""The browser's client under the script's hands: a page in Chromium that is told what to do."""

import asyncio
import json
import mimetypes
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from playwright.async_api import async_playwright

from tests.browser.stage import CHROMIUM, CHROMIUM_ARGS
from tests.clients.calls import Call
from tests.clients.cases import Case, Step
from tests.clients.player import LIMIT_S, Player
from tests.clients.stage import Conversation, Stage

ROOT = Path(__file__).parents[2]
PAGE = b'<!doctype html><title>Cases</title><script type="module" src="/driver.js"></script>'
T = TypeVar("T")


class BrowserDriver:
    """A `tests.clients.player.Driver` at the other end of a websocket, see driver.js."""

    offers: frozenset[str] = frozenset()

    def __init__(self, control: Conversation):
        self._control = control
        self._ready = asyncio.Event()
        self._clear()
        self._task = asyncio.create_task(self._listen())

    def _clear(self) -> None:
        self.handed: list[dict[str, Any]] = []
        self.shown: list[str] = []
        self.changed = asyncio.Event()

    async def begin(self, case: Case) -> None:
        self._clear()
        await self._tell(begin={"scale": case.scale, "renews": case.renews, "ways": case.ways})

    async def act(self, step: Step) -> None:
        self._control.say(json.dumps({"act": step}))

    async def end(self) -> None:
        await self._tell(end=True)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _tell(self, **what: Any) -> None:
        self._ready.clear()
        self._control.say(json.dumps(what))
        async with asyncio.timeout(LIMIT_S):
            await self._ready.wait()

    async def _listen(self) -> None:
        while True:
            news = json.loads(await self._control.heard.get())
            if "handed" in news:
                self.handed.append(news["handed"])
            elif "shown" in news:
                self.shown = news["shown"]
            else:
                self._ready.set()
            self.changed.set()


class Theatre:
    """A loop in a thread of its own, with a stage, a browser and its page."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.errors: list[str] = []
        self._run(self._open())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._run(self._parts.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def play(self, case: Case) -> None:
        """Raise AssertionError when the client fails, also by an error that nobody caught."""
        self.errors.clear()
        self._run(Player(case, self._stage, self._driver).play())
        assert not self.errors, self.errors

    def evaluate(self, script: str, argument: Any = None) -> Any:
        return self._run(self._page.evaluate(script, argument))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=50)

    async def _open(self) -> None:
        async with AsyncExitStack() as parts:
            self._stage = await parts.enter_async_context(Stage())
            arrived: asyncio.Queue[Call] = asyncio.Queue()
            self._stage.house |= {
                ("GET", "/control"): arrived.put_nowait,
                ("GET", "/"): lambda call: call.answer(200, {"Content-Type": "text/html"}, PAGE),
                ("GET", "/favicon.ico"): lambda call: call.answer(204),
                ("GET", "/driver.js"): _file(Path(__file__).with_name("driver.js")),
            }
            for file in ROOT.glob("web/**/*.js"):
                self._stage.house["GET", f"/{file.relative_to(ROOT)}"] = _file(file)
            playwright = await parts.enter_async_context(async_playwright())
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
            parts.push_async_callback(browser.close)
            self._page = await browser.new_page()
            self._page.on("pageerror", lambda error: self.errors.append(str(error)))
            await self._page.goto(self._stage.base)
            self._driver = BrowserDriver(Conversation(await arrived.get()))
            parts.push_async_callback(self._driver.stop)
            self._parts = parts.pop_all()


def _file(path: Path) -> Any:
    kind = mimetypes.guess_type(path.name)[0] or "text/javascript"
    return lambda call: call.answer(200, {"Content-Type": kind}, path.read_bytes())
