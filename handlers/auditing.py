"""What administrators do over HTTP goes into the audit log, before it is done (services/audit)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from domain.audit import Actor

if TYPE_CHECKING:
    from handlers.base import ApiHandler

Verb = Callable[..., Awaitable[None] | None]


def writes(things: str) -> dict[str, str]:
    """The actions on a thing that is there already, by their verbs."""
    change = f"{things}.change"
    return {"PUT": change, "PATCH": change, "DELETE": f"{things}.delete"}


def attach(handler: "ApiHandler") -> None:
    """Let the verb that was asked for be noted, where the route and the caller's rights say so."""
    method = handler.request.method or ""
    action = handler.audits.get(method)
    if action is None or handler.identity is None:
        return
    if handler.user.may(handler.audited_right):
        verb: Verb = getattr(handler, method.lower())
        setattr(handler, method.lower(), _noted(handler, verb, action))


def _noted(handler: "ApiHandler", verb: Verb, action: str) -> Verb:
    async def run(*args: str, **kwargs: str) -> None:
        async with noting(handler, action, "/".join((*args, *kwargs.values())) or None):
            done = verb(*args, **kwargs)
            if done is not None:
                await done

    return run


@asynccontextmanager
async def noting(handler: "ApiHandler", action: str, on: str | None) -> AsyncIterator[None]:
    """Note what is done inside as the caller's; under an Idempotency-Key once, however often."""
    key = handler.key() if handler.request.method in handler.creates else None
    actor = Actor(handler.user.id, handler.user.username)
    audit = handler.app.safety.audit
    async with audit.noted(actor, action, on, id=key.record_id if key else None) as note:
        handler.note = note
        yield
        note.status = handler.get_status()
