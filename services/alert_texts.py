"""What e-mails about contents say, from ``templates/alerts/`` (alerts contract, 3.5 and 3.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.alert_links import Links, tags
from domain.alert_subscriptions import DAILY, IMMEDIATELY, WEEKLY
from domain.alert_times import written
from domain.mails import NewMail
from domain.markdown import escaped, linked
from domain.preferences import ALERTS
from push.mail_parts import stripped
from services.alert_tokens import Tokens
from services.letter_texts import LetterText

RULE: Final = "\n\n---\n\n"
REASONS: Final = {
    IMMEDIATELY: "You get this e-mail because you asked for each update about:",
    DAILY: "You get this e-mail because you asked for daily updates about:",
    WEEKLY: "You get this e-mail because you asked for weekly updates about:",
}
MOST_KEPT: Final = 5_000

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom an e-mail is for: one subscription of one subscriber, and its list's document."""

    subscriber: int
    address: str
    subscription: str
    frequency: str
    list: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """An e-mail's words; ``one_click`` goes into its headers."""

    subject: str
    text: str
    one_click: str

    def to(self, reader: Reader, key: str, queue: str, content: str | None = None) -> NewMail:
        """The e-mail under this key; ``content`` is what it tells of, if that is one."""
        return NewMail(
            key=key,
            address=reader.address,
            subject=self.subject,
            text=self.text,
            subscriber=reader.subscriber,
            subscription=reader.subscription,
            content=content,
            one_click=self.one_click,
            queue=queue,
            kind=ALERTS,
        )


class AlertTexts:
    """Writes e-mails; times are by the clocks of ``zone``.

    What is the same for all readers of a list is written once, and kept for a while.
    """

    def __init__(self, links: Links, tokens: Tokens, zone: str):
        self._links, self._tokens, self._zone = links, tokens, zone
        self._texts = {
            IMMEDIATELY: LetterText("alerts/immediate"),
            DAILY: LetterText("alerts/daily"),
            WEEKLY: LetterText("alerts/weekly"),
        }
        self._middles: dict[tuple[str, int, str], str] = {}

    def immediate(self, content: Content, reader: Reader) -> Said:
        """The e-mail about one content."""
        has_link = not content.get("omit_footer_unsubscribe_link", False)
        return self._said(IMMEDIATELY, [content], reader, title=content["title"], has_link=has_link)

    def digest(self, frequency: str, contents: Sequence[Content], reader: Reader) -> Said:
        """The e-mail about several, in their order."""
        return self._said(frequency, contents, reader, title="", has_link=True)

    def _said(
        self, kind: str, contents: Sequence[Content], reader: Reader, *, title: str, has_link: bool
    ) -> Said:
        counted, text = tags(reader.list, kind), self._texts[kind]
        middles = [self._middle(one, reader.list, kind) for one in contents]
        return Said(
            text.subject(title=title, list=reader.list["title"]),
            text.text(
                list=escaped(reader.list["title"]),
                middle=RULE.join(middles),
                footer=self._footer(reader, counted, has_link=has_link),
            ),
            self._links.one_click(
                reader.subscription, self._tokens.for_one_click(reader.subscriber), counted
            ),
        )

    def _footer(self, reader: Reader, counted: Mapping[str, str], *, has_link: bool) -> str:
        parts = [REASONS[reader.frequency], escaped(reader.list["title"])]
        if has_link:
            token = self._tokens.for_unsubscribing(reader.subscriber)
            link = self._links.unsubscribe(reader.subscription, token, counted)
            parts.append(f"[Unsubscribe](<{link}>)")
        parts.append(f"[Change your e-mail preferences](<{self._manage(reader, counted)}>)")
        return "\n\n".join(parts)

    def _manage(self, reader: Reader, counted: Mapping[str, str]) -> str:
        return self._links.manage(reader.address, counted)

    # What is the same for all readers

    def _middle(self, content: Content, alert_list: Mapping[str, Any], kind: str) -> str:
        key = (content["_id"], alert_list["_id"], kind)
        if key not in self._middles:
            if len(self._middles) >= MOST_KEPT:
                self._middles.clear()
            self._middles[key] = self._written(content, tags(alert_list, kind))
        return self._middles[key]

    def _written(self, content: Content, counted: Mapping[str, str]) -> str:
        if "criteria_rules" in content:
            return self._message(content, counted)
        url = self._links.to("/" + content["base_path"].lstrip("/"), **counted)
        sections = [
            linked(content["title"], url),
            _section("Page summary", content["description"]),
            _section("Change made", content["change_note"]),
            _section("Time updated", written(content["public_updated_at"], self._zone)),
            escaped(stripped(content["footnote"] or "")),
        ]
        return "\n\n".join(section for section in sections if section)

    def _message(self, content: Content, counted: Mapping[str, str]) -> str:
        """Its body as it is; a title that leads somewhere before it."""
        url = content.get("url")
        if not url:
            return str(content["body"])
        target = self._links.to(url, **counted) if url.startswith("/") else url
        return f"{linked(content['title'], target)}\n\n{content['body']}"


def _section(name: str, text: str | None) -> str:
    """Nothing where there is nothing to say."""
    words = escaped(stripped(text or ""))
    return f"**{name}:**  \n{words}" if words else ""
