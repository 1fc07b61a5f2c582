"""Rate limits at the door: by user, by credential and by address, with the usual headers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handlers.base import ApiHandler


def check(handler: "ApiHandler") -> None:
    """Count this request where its route says so; raises `TooMany` past a limit."""
    what = handler.limited.get(handler.request.method or "")
    rates = None if what is None else handler.app.safety.rates
    if what is None or rates is None:
        return
    who: dict[str, object] = {"address": handler.request.remote_ip}
    if handler.identity is not None:
        who |= {"user": handler.identity.user.id, "token": handler.identity.credential}
    standing = rates.take(what, who)
    if standing is not None:
        for name, value in standing.headers().items():
            handler.set_header(name, value)
