"""E-mails about accounts: a link that confirms an address, a link that resets a password.

What a link carries is kept as a hash, good once and for an hour.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from domain.clock import HOUR, MINUTE, Clock
from domain.errors import TooMany
from domain.fresh_ids import fresh_id
from domain.jobs import Job, Kind
from domain.mails import NewMail
from domain.markdown import escaped
from models.account_links import AccountLinks, NewLink
from models.alert_asked import AskedLinks, Limit
from models.database import Database, Document
from models.jobs import Jobs
from models.users import address as address_fields
from services.accounts import Accounts
from services.addresses import giving
from services.hashes import hash_of
from services.letter_texts import LetterText
from services.mail import MailService
from settings import Settings

EMAIL, PASSWORD = "email", "password"
RESET: Final = "accounts.reset"
CONFIRM_PAGE: Final = "/account/email/confirm"
PASSWORD_PAGE: Final = "/account/password/new"
LINK_US: Final = HOUR
LIMITS: Final[tuple[Limit, ...]] = ((MINUTE, 4), (HOUR, 11))
TOO_OFTEN: Final = "A link was asked for too often. Try again later."


@dataclass(frozen=True)
class Kept:
    """What letters need to keep and to ask."""

    links: AccountLinks
    asked: AskedLinks
    jobs: Jobs


class AccountLetters:
    """The use cases. ``root`` is where their pages are."""

    def __init__(self, kept: Kept, accounts: Accounts, mail: MailService, root: str):
        self._kept, self._accounts, self._mail, self._root = kept, accounts, mail, root
        self._texts = {one: LetterText(f"accounts/{one}") for one in (EMAIL, PASSWORD, "changed")}

    @property
    def _clock(self) -> Clock:
        return self._accounts.changes.clock

    async def begin(self) -> None:
        """Make the indexes that are missing; may be called again."""
        await self._kept.links.ensure_indexes()
        await self._kept.asked.ensure_indexes()

    def job_kinds(self) -> Mapping[str, Kind]:
        return {RESET: Kind(self.run_reset)}

    # An address

    async def ask_to_confirm(self, user: int, email: str) -> None:
        """Send a link to an address that somebody says is his; raises `TooMany`.

        Whether it is another account's is told to who reads its mail, and to nobody else.
        """
        if not await self._may_ask(EMAIL, user):
            raise TooMany(TOO_OFTEN)
        await self._send(EMAIL, user, email, CONFIRM_PAGE)

    async def to_confirm(self, token: str) -> str | None:
        """The address that a link is about; None when it is not good."""
        link = await self._kept.links.get(hash_of(token), EMAIL, self._clock.wall())
        return None if link is None else str(link["email"])

    async def confirm(self, token: str) -> str | None:
        """Give the address to who asked for it, verified; None for a link that is not good.

        Raises `Conflict` when it is another account's by now. Whoever reads the address that it
        takes the place of is told.
        """
        link = await self._kept.links.use(hash_of(token), EMAIL, self._clock.wall())
        account = None if link is None else await self._accounts.store.users.get(link["user"])
        if link is None or account is None or not account["is_active"]:
            return None
        email = str(link["email"])
        async with giving(self._accounts.store, self._clock, email, account["_id"]):
            fields = address_fields(email, is_verified=True)
            await self._accounts.change(account["_id"], fields, actor=account["_id"])
        await self._kept.links.drop(account["_id"], EMAIL)
        await self._tell_old(account, email)
        return email

    async def _tell_old(self, account: Document, email: str) -> None:
        was = account["email"] if account["email_verified"] else None
        if was is None or was.casefold() == email.casefold():
            return
        await self._queue("changed", was, fresh_id(), name=account["username"], link="")

    # A password

    async def ask_to_reset(self, who: str) -> None:
        """Send a link to whom this username or verified address belongs, if to anybody.

        A job looks for him, so that the answer says nothing, in what it is or how long it takes.
        """
        now = self._clock.wall()
        await self._kept.jobs.add(f"{RESET}:{fresh_id()}", RESET, now, {"who": who})

    async def run_reset(self, job: Job) -> None:
        """The job of one such wish."""
        account = await self._account_of(str(job.body["who"]))
        if account is None or not account["is_active"] or not account["email_verified"]:
            return
        if await self._may_ask(PASSWORD, account["_id"]):
            await self._send(PASSWORD, account["_id"], account["email"], PASSWORD_PAGE)

    async def _account_of(self, who: str) -> Document | None:
        users = self._accounts.store.users
        found = await users.by_username(who)
        if found is None:
            by_address = await self._accounts.store.identities.of_addresses([who])
            user = by_address.get(who.casefold())
            found = None if user is None else await users.get(user)
        return found

    async def is_good(self, token: str) -> bool:
        """May a password be set with this?"""
        now = self._clock.wall()
        return await self._kept.links.get(hash_of(token), PASSWORD, now) is not None

    async def reset(self, token: str, password: str) -> bool:
        """Set a password, which ends the account's sessions; False for a link that is not good.

        A link is no more good once its address is not the account's verified one any more.
        """
        if not await self.is_good(token):
            return False
        hashed = await self._accounts.passwords.hash(password)
        link = await self._kept.links.use(hash_of(token), PASSWORD, self._clock.wall())
        account = None if link is None else await self._accounts.store.users.get(link["user"])
        if link is None or account is None or not _is_his(account, link["email"]):
            return False
        await self._accounts.change(account["_id"], {"password": hashed}, actor=account["_id"])
        await self._kept.links.drop(account["_id"], PASSWORD)
        return True

    # Both

    async def _may_ask(self, what: str, user: int) -> bool:
        key = f"account.{what}:{user}"
        return await self._kept.asked.take(key, LIMITS, self._clock.wall())

    async def _send(self, what: str, user: int, email: str, page: str) -> None:
        token = secrets.token_urlsafe(32)
        link = NewLink(hash_of(token), what, user, email, self._clock.wall() + LINK_US)
        await self._kept.links.add(link)
        account = await self._accounts.store.users.get(user)
        name = "" if account is None else account["username"]
        url = f"{self._root}{page}?token={quote(token)}"
        await self._queue(what, email, link.id, name=name, link=url)

    async def _queue(self, what: str, email: str, key: str, **values: str) -> None:
        text = self._texts[what]
        shown = {**values, "name": escaped(values["name"])}
        mail = NewMail(
            key=f"account.{what}:{key}",
            address=email,
            subject=text.subject(),
            text=text.text(**shown),
        )
        await self._mail.queue(mail)


def _is_his(account: Mapping[str, Any], email: str) -> bool:
    return bool(account["is_active"] and account["email_verified"] and account["email"] == email)


def build(
    kept_in: tuple[Database, Jobs], accounts: Accounts, mail: MailService, settings: Settings
) -> AccountLetters:
    """Letters over their collections."""
    database, jobs = kept_in
    kept = Kept(AccountLinks(database), AskedLinks(database), jobs)
    server = settings.server
    scheme = "http" if server.tls_cert is None else "https"
    here = f"{scheme}://{server.address or 'localhost'}:{server.port}"
    return AccountLetters(kept, accounts, mail, server.public_url or here)
