"""An e-mail's text in markdown, as a plain part and as an HTML part, and the message of both."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from domain.mails import Mail

SECOND = 1_000_000
LIST_UNSUBSCRIBE = "List-Unsubscribe"


class _Verbatim(UnstructuredHeader):
    """A header on one line: folding would write a long URL as an encoded word, which no mail
    program reads as one (RFC 8058 wants it as it is)."""

    def fold(self, *, policy: Policy) -> str:
        return f"{LIST_UNSUBSCRIBE}: {self}{policy.linesep}"


_HEADERS: Any = HeaderRegistry()  # it mixes the base of all headers in by itself
_HEADERS.map_to_type(LIST_UNSUBSCRIBE.lower(), _Verbatim)
POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)  # 7bit: any relay takes it

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True})
_BREAKS = {"softbreak": "\n", "hardbreak": "\n"}
_PAGE = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{}</body></html>\n'


def parts(text: str) -> tuple[str, str]:
    """Markdown as plain text and as HTML, read once."""
    tokens = _MARKDOWN.parse(text)
    return _plain(tokens), _html(tokens)


def _html(tokens: Sequence[Token]) -> str:
    """HTML that may be shown: no scripts, no styles, no HTML of its own."""
    return nh3.clean(str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})))


def _plain(tokens: Sequence[Token]) -> str:
    """As a reader without HTML wants it: links as text and address, no other marks."""
    blocks: list[str] = []
    prefix = ""
    for token in tokens:
        if token.type == "list_item_open":
            prefix = "* " if token.markup in "*-+" else f"{token.info}. "
        elif token.type == "inline":
            blocks.append(prefix + _inline(token.children or []))
            prefix = ""
        elif token.type == "hr":
            blocks.append("---")
        elif token.type in ("code_block", "fence"):
            blocks.append(token.content.rstrip("\n"))
    return "\n\n".join(blocks) + "\n"


def stripped(text: str) -> str:
    """Markdown without its marks, and links without their addresses."""
    found = [
        _inline(token.children or [], with_links=False) if token.type == "inline" else token.content
        for token in _MARKDOWN.parse(text)
    ]
    return "\n\n".join(one.strip("\n") for one in found if one)


def _inline(tokens: list[Token], *, with_links: bool = True) -> str:
    said: list[str] = []
    links: list[tuple[int, str]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((len(said), str(token.attrGet("href") or "")))
        elif token.type == "link_close":
            start, address = links.pop()
            is_shown = "".join(said[start:]) == address
            said.append(f": {address}" if with_links and not is_shown else "")
        else:
            said.append(_BREAKS.get(token.type, token.content))
    return "".join(said)


def message(mail: Mail, sender: str) -> EmailMessage:
    """The message with both parts; the same e-mail makes the same ``Message-ID`` each time."""
    made = EmailMessage(POLICY)
    made["From"] = sender
    made["To"] = mail.address
    made["Subject"] = " ".join(mail.subject.split())
    made["Date"] = format_datetime(datetime.fromtimestamp(mail.created_at / SECOND, UTC))
    made["Message-ID"] = f"<{mail.id}@{_domain(sender)}>"
    made["Auto-Submitted"] = "auto-generated"
    if mail.one_click is not None:
        made[LIST_UNSUBSCRIBE] = f"<{mail.one_click}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    plain, html = parts(mail.text)
    made.set_content(plain)
    made.add_alternative(_PAGE.format(html), subtype="html")
    return made


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"
