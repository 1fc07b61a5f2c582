"""What people want to hear of: shown and changed by themselves, asked for by all that sends."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from domain.clock import Clock
from domain.errors import NotAuthenticated
from domain.mails import NewMail
from domain.preferences import EMAIL, Preferences, all_channels, preferences_of
from models.database import Document
from models.user_preferences import UserPreferences
from models.users import Users
from services.identities import NOT_ACTIVE

PLAIN = ("language", "time_zone", "quiet_hours")


class Change(Protocol):
    """How an account's fields are set."""

    async def __call__(
        self, user: int, fields: Mapping[str, Any], *, actor: int | None = None
    ) -> None: ...


class OwnPreferences:
    """One's own, each channel a field by itself: two changes of different ones both hold."""

    def __init__(self, users: Users, change: Change):
        self._users, self._change = users, change

    async def show(self, user: int) -> Mapping[str, Any]:
        """All of them, also those that were never set."""
        return _shown(await self._get(user))

    async def edit(self, user: int, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set what is given and differs; all of them as they are then."""
        now = await self.show(user)
        fields = {one: given[one] for one in PLAIN if one in given and given[one] != now[one]}
        for kind, channels in given.get("channels", {}).items():
            for channel, is_on in channels.items():
                if now["channels"][kind][channel] != is_on:
                    fields[f"channels.{kind}.{channel}"] = is_on
        if fields:
            await self._change(user, fields, actor=user)
        return await self.show(user)

    async def _get(self, user: int) -> Document:
        found = await self._users.get(user)
        if found is None:
            raise NotAuthenticated(NOT_ACTIVE)
        return found


class Wishes:
    """What those want who are sent something. Everybody else wants all of it, at once."""

    def __init__(self, kept: UserPreferences, clock: Clock):
        self._kept, self.clock = kept, clock

    async def of(self, users: Collection[int]) -> dict[int, Preferences]:
        """Of those of these users who set any."""
        if not users:
            return {}
        found = await self._kept.of(users)
        return {user: preferences_of(row) for user, row in found.items()}

    async def of_mails(self, mails: Sequence[NewMail]) -> list[NewMail]:
        """Those that are wanted, each due once its reader's quiet hours are over.

        What is of no kind (a link that somebody asked for) is always wanted, and at once.
        """
        addresses = {one.address for one in mails if one.kind is not None}
        if not addresses:
            return list(mails)
        rows = await self._kept.of_addresses(addresses)
        wishes = {address: preferences_of(row) for address, row in rows.items()}
        now = self.clock.wall()
        chosen = [_as_wanted(one, wishes.get(one.address.casefold()), now) for one in mails]
        return [one for one in chosen if one is not None]


def _as_wanted(mail: NewMail, wish: Preferences | None, now: int) -> NewMail | None:
    if wish is None or mail.kind is None:
        return mail
    if not wish.wants(mail.kind, EMAIL):
        return None
    return replace(mail, due_at=wish.held_until(now))


def _shown(row: Document) -> dict[str, Any]:
    return {
        **{one: row.get(one) for one in PLAIN},
        "channels": all_channels(row.get("channels")),
    }
