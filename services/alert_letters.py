"""The e-mails about subscribing: confirmations, links to sign in, what an account took over.

Their text is in ``templates/alerts/``; they are queued under keys, before everything else.
"""

from collections.abc import Collection
from typing import Final, Protocol

from domain.alert_links import CONFIRM, Links, tags
from domain.alert_subscriptions import DAILY, IMMEDIATELY, WEEKLY
from domain.fresh_ids import fresh_id
from domain.mails import TRANSACTIONAL, NewMail
from domain.markdown import escaped, linked
from domain.records import Body
from models.alert_subscribers import AlertSubscribers
from models.database import Document
from services.alert_subscribing import Caller
from services.alert_tokens import Tokens
from services.changes import Changes, Draft
from services.creations import Creation
from services.letter_texts import LetterText

LETTER: Final = "alerts.letter"
HOW_OFTEN: Final = {
    IMMEDIATELY: "We will e-mail you each time something is added or changed.",
    DAILY: "We will e-mail you once a day, if something was added or changed.",
    WEEKLY: "We will e-mail you once a week, if something was added or changed.",
}


class Mail(Protocol):
    """Who sends them."""

    async def queue(self, mail: NewMail) -> str: ...


class Lists(Protocol):
    """What letters ask of lists."""

    async def get(self, number: int) -> Document | None: ...


class Letters:
    """Writes and queues. ``links`` lead to the pages of `handlers/alerts/pages`, or to others'."""

    def __init__(
        self,
        mail: Mail,
        changes: Changes,
        tokens: Tokens,
        links: Links,
        *,
        subscribers: AlertSubscribers,
        lists: Lists,
    ):
        self._mail, self._changes, self._tokens, self._links = mail, changes, tokens, links
        self._subscribers, self._lists = subscribers, lists
        self._confirmation = LetterText("alerts/confirmation")
        self._sign_in = LetterText("alerts/sign-in")
        self._subscribe = LetterText("alerts/subscribe")
        self._linked = LetterText("alerts/linked")
        self.creation = Creation(self._queue)

    async def confirm(self, subscription: Document) -> None:
        """Tell a subscriber of his new subscription, once however often it is called (3.8).

        Not of one whose list or address is gone. It has no one-click header, as upstream's.
        """
        subscriber = await self._subscribers.get(subscription["subscriber"])
        alert_list = await self._lists.get(subscription["list"])
        if subscriber is None or alert_list is None or subscriber["address"] is None:
            return
        counted = tags(alert_list, "confirmation")
        token = self._tokens.for_unsubscribing(subscriber["_id"])
        values = {
            "what": self._what(alert_list),
            "frequency": HOW_OFTEN[subscription["frequency"]],
            "unsubscribe": self._links.unsubscribe(subscription["_id"], token, counted),
            "manage": self._links.manage(subscriber["address"], counted),
        }
        mail = NewMail(
            key=f"alerts.confirmation:{subscription['_id']}",
            address=subscriber["address"],
            subject=self._confirmation.subject(title=alert_list["title"]),
            text=self._confirmation.text(**values),
            subscriber=subscriber["_id"],
            queue=TRANSACTIONAL,
        )
        await self._mail.queue(mail)

    async def sign_in(
        self, subscriber: Document, destination: str, redirect: str | None, caller: Caller
    ) -> None:
        """A link to ``destination`` with a token that shows whose mail this is (1.11)."""
        token = self._tokens.for_subscriber(subscriber["_id"], redirect)
        body = {
            "address": subscriber["address"],
            "subscriber": subscriber["_id"],
            "subject": self._sign_in.subject(),
            "text": self._sign_in.text(link=self._links.to(destination, token=token)),
        }
        await self._send(body, caller)

    async def ask_to_confirm(
        self, address: str, alert_list: Document, frequency: str, caller: Caller
    ) -> None:
        """A link with which who reads this address confirms what somebody asked for (1.11)."""
        topic = alert_list["slug"]
        token = self._tokens.for_subscription(address, topic, frequency)
        link = self._links.to(CONFIRM, token=token, topic_id=topic, frequency=frequency)
        values = {"what": self._what(alert_list), "frequency": HOW_OFTEN[frequency], "link": link}
        body = {
            "address": address,
            "subscriber": None,
            "subject": self._subscribe.subject(title=alert_list["title"]),
            "text": self._subscribe.text(**values),
        }
        await self._send(body, caller)

    async def tell_linked(
        self, subscriber: Document, account: str, lists: Collection[Document]
    ) -> None:
        """Say what can be managed in an account from now on, once for each account (3.10)."""
        titles = "\n".join(f"* {self._what(one)}" for one in lists)
        manage = self._links.manage(subscriber["address"])
        mail = NewMail(
            key=f"alerts.linked:{subscriber['_id']}:{account}",
            address=subscriber["address"],
            subject=self._linked.subject(),
            text=self._linked.text(titles=titles, manage=manage),
            subscriber=subscriber["_id"],
            queue=TRANSACTIONAL,
        )
        await self._mail.queue(mail)

    def _what(self, alert_list: Document) -> str:
        """A list's title, which is a link for a single page."""
        if alert_list["content_id"] and alert_list["url"]:
            return linked(alert_list["title"], self._links.to(alert_list["url"]))
        return escaped(alert_list["title"])

    async def _send(self, body: Body, caller: Caller) -> None:
        """Each call asks for another one, unless it is repeated under its key."""
        whole = {**body, "key": f"{LETTER}:{fresh_id()}"}
        draft = Draft(LETTER, caller.user, whole, key=caller.key, fingerprint=caller.fingerprint)
        await self.creation.make(self._changes, draft)

    async def _queue(self, body: Body) -> None:
        mail = NewMail(
            key=str(body["key"]),
            address=str(body["address"]),
            subject=str(body["subject"]),
            text=str(body["text"]),
            subscriber=body["subscriber"] if isinstance(body["subscriber"], int) else None,
            queue=TRANSACTIONAL,
        )
        await self._mail.queue(mail)
