"""Spans of what is done: request, record, publishing, job, each under the one that caused it.

Where they go is loaded by the configuration, and costs nothing when there is no such place.
"""

import importlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from domain.trail import Trail, current, following

Attributes = Mapping[str, str | int]
EXPORTER = "push.otlp"
UNTRACED = nullcontext()  # one for all: nothing is made where there are no spans


class Span(Protocol):
    """One that was begun; ``parent`` is its name for those under it (W3C's traceparent)."""

    @property
    def parent(self) -> str: ...

    def end(self, error: BaseException | None = None, **attributes: str | int) -> None: ...


class Tracer(Protocol):
    """Where spans go; nothing here waits but `shut`, which sends what is left."""

    def start(self, name: str, parent: str | None, attributes: Attributes) -> Span: ...

    def shut(self) -> None: ...


class NoExporter(Exception):
    """What tracing needs is not installed; the text is one line for a person."""


class Spans:
    """Begins spans under what is followed here, and has what they enclose follow them."""

    def __init__(self) -> None:
        self._tracer: Tracer | None = None

    def send_to(self, url: str) -> None:
        """Send spans to this OTLP endpoint from now on; raises `NoExporter`."""
        try:
            exporter = importlib.import_module(EXPORTER)
        except ModuleNotFoundError as error:
            raise NoExporter(f"needs requirements-tracing.txt: {error.name} is missing") from None
        self._tracer = exporter.tracer(url)

    def start(self, name: str, trail: Trail | None, **attributes: str | int) -> Span | None:
        """Begin one under this trail, for whoever ends it elsewhere; None without tracing."""
        if self._tracer is None:
            return None
        more = {} if trail is None else {"carillon.request": trail.request}
        parent = None if trail is None else trail.parent
        return self._tracer.start(name, parent, {**attributes, **more})

    def span(self, name: str, **attributes: str | int) -> AbstractContextManager[None]:
        """What is done within it is this span; what it raises marks it as failed."""
        trail = current()
        span = self.start(name, trail, **attributes)
        return UNTRACED if span is None else _within(span, trail)

    def end(self) -> None:
        """Send what is left; waits for the collector."""
        tracer, self._tracer = self._tracer, None
        if tracer is not None:
            tracer.shut()


@contextmanager
def _within(span: Span, trail: Trail | None) -> Iterator[None]:
    """What is done within it follows the span, which ends with it."""
    request = "" if trail is None else trail.request
    try:
        with following(Trail(request, span.parent)):
            yield
    except BaseException as error:
        span.end(error)
        raise
    span.end()
