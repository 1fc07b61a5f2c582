"""/mail/: the e-mails that the embedded catcher keeps, for administrators, as JSON or as a page."""

from html import escape
from typing import Any

from domain.errors import Invalid
from domain.instants import to_text
from handlers.base import ApiHandler
from handlers.queries import last, whole
from models.caught_mails import Caught
from services.caught import SHOWN, Letter

MOST_SHOWN = 1_000
HTML = "text/html"
PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{0}</title></head><body>{1}</body></html>
"""
# What an e-mail says is not trusted: nothing of it runs, nothing is fetched.
POLICY = "default-src 'none'; frame-src 'self'; base-uri 'none'; form-action 'none'"


class CaughtHandler(ApiHandler):
    """What the list and one e-mail share: a page for browsers, JSON for all others."""

    admin_only = True
    accepted = (*ApiHandler.accepted, HTML, "text/*")

    def show(self, resource: Any, title: str, page: str) -> None:
        """The resource, or the page where that was asked for first."""
        first = self.request.headers.get("Accept", "").split(",")[0].split(";")[0].strip()
        if first != HTML:
            self.reply(resource)
            return
        self.set_header("Content-Type", f"{HTML}; charset=utf-8")
        self.set_header("Content-Security-Policy", POLICY)
        self.finish(PAGE.format(escape(title), page))


class CaughtListHandler(CaughtHandler):
    """The newest, the newest first; ``to`` an address, at most ``limit``."""

    async def get(self) -> None:
        limit = whole(self.query(), "limit")
        if limit is not None and not 1 <= limit <= MOST_SHOWN:
            raise Invalid({"limit": [f"Ensure this value is between 1 and {MOST_SHOWN}."]})
        found = await self.app.mail.caught.listed(last(self.query(), "to"), limit or SHOWN)
        rows = "".join(_row(one) for one in found)
        self.show({"mails": [head(one) for one in found]}, "E-mails", f"<table>{rows}</table>")


class CaughtOneHandler(CaughtHandler):
    """One, with its headers and both parts."""

    async def get(self, name: str) -> None:
        letter = await self.app.mail.caught.get(name)
        self.show(resource(letter), letter.caught.subject, _page(letter))


def head(caught: Caught) -> dict[str, Any]:
    """An e-mail in a list; ``email`` is its id before it was sent."""
    return {
        "id": caught.id,
        "email": caught.email,
        "to": caught.address,
        "subject": caught.subject,
        "at": to_text(caught.at),
    }


def resource(letter: Letter) -> dict[str, Any]:
    """The whole e-mail."""
    more = {"headers": letter.headers, "text": letter.text, "html": letter.html}
    return {**head(letter.caught), **more}


def _row(caught: Caught) -> str:
    cells = (to_text(caught.at), caught.address, caught.subject)
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><td><a href="{caught.id}/">{caught.id}</a></td>{shown}</tr>'


def _page(letter: Letter) -> str:
    heads = "".join(f"{escape(k)}: {escape(v)}\n" for k, v in letter.headers.items())
    body = f'<iframe sandbox srcdoc="{escape(letter.html)}" width="100%" height="500"></iframe>'
    return f"<pre>{heads}</pre><pre>{escape(letter.text)}</pre>{body}"


ROUTES = [
    (r"/mail/", CaughtListHandler),
    (r"/mail/([\w-]+)", CaughtOneHandler),
    (r"/mail/([\w-]+)/", CaughtOneHandler),
]
