"""To whom one may send: those of the people and groups asked for that exist (contract 1.6)."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.accounts import User
from domain.audiences import EVERYONE, Audience
from domain.errors import Invalid
from domain.items import MESSAGE, NOTICE
from services.mailboxes import LARGEST_ID, Mailboxes, Stores
from settings_inbox import Box


class Addressing:
    """Recipients and audiences, as each kind of item is set up to take them."""

    def __init__(self, stores: Stores, mailboxes: Mailboxes, boxes: Mapping[str, Box]):
        self._users, self._groups = stores.users, stores.groups
        self._mailboxes, self._boxes = mailboxes, boxes

    async def recipients(
        self, kind: str, sender: int, wanted: Sequence[Any], *, may_be_sender: bool = False
    ) -> dict[int, str]:
        """Who of those wanted exists and may be written to, with their names."""
        box = self._boxes[kind]
        by_name = box.participant_key == "username"
        if by_name:
            ids = await self._users.ids_of(set(wanted))
            known = {user: name for name, user in ids.items()}
        else:
            possible = {user for user in wanted if 0 < user <= LARGEST_ID}
            known = dict(await self._mailboxes.named(possible))
        if not (box.send_to_self or may_be_sender):
            known.pop(sender, None)
        field = "recipient_usernames" if by_name else "recipient_ids"
        valid = set(known.values()) if by_name else set(known)
        if box.recipients == "strict" and set(wanted) - valid:
            wrong = ", ".join(map(str, sorted(set(wanted) - valid)))
            raise Invalid({field: [f"Invalid recipients: {wrong}."]})
        if not known:
            raise Invalid({field: ["No valid recipients."]})
        return known

    def named(
        self, kind: str, to: Sequence[int], recipients: Mapping[int, str]
    ) -> dict[str, list[Any]]:
        """Those who were kept, as the answer names them."""
        if self._boxes[kind].participant_key == "username":
            return {"recipient_usernames": [recipients[user] for user in to]}
        return {"recipient_ids": list(to)}

    async def audience(self, wanted: Any) -> Audience:
        """The audience, of the groups that exist; unknown ones are treated as recipients are."""
        if wanted == EVERYONE:
            return Audience()
        ids = {group for group in wanted["group_ids"] if 0 < group <= LARGEST_ID}
        known = frozenset(await self._groups.names(ids))
        wrong = sorted(set(wanted["group_ids"]) - known)
        if wrong and self._boxes[NOTICE].recipients == "strict":
            text = f"Invalid groups: {', '.join(map(str, wrong))}."
            raise Invalid({"audience": {"group_ids": [text]}})
        if not known:
            raise Invalid({"audience": {"group_ids": ["No valid groups."]}})
        return Audience(known)

    async def people(self, user: User, text: str, limit: int) -> list[tuple[int, str]]:
        """(id, username) of active people whose name has a word that begins so, by name."""
        exclude = None if self._boxes[MESSAGE].send_to_self else user.id
        return await self._users.find_people(text, limit, exclude)
