"""Calling the announcements' API in tests: sessions, editors, groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.groups import NewGroup
from tests.sites import Answer, Person, Site

URL = "/api/v1/message"
SESSION = "/api/v1/session"
DENIED = (403, "error.user.not_authenticated")
PASSWORD = "correct horse"
EN = {"en-US": "Hello"}
BOTH = {"de-DE": "Hallo", "en-US": "Hello"}


@dataclass(frozen=True)
class Caller:
    """Somebody with an authenticated session, whose token goes in the header."""

    site: Site
    token: str
    person: Person

    async def ask(
        self,
        verb: str,
        path: str = URL,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        given = {"x-easydb-token": self.token, **(headers or {})}
        return await self.site.request(verb, path, body=body, headers=given)

    async def created(self, **message: Any) -> dict[str, Any]:
        """One announcement, made; ``groups`` are ids."""
        groups = [{"group": {"_id": group}} for group in message.pop("groups", ())]
        answer = await self.ask("PUT", URL, [{"message": message, "_groups": groups}])
        assert answer.status == 200, answer
        (made,) = answer.json
        return made

    async def changed(self, number: int, version: int, **message: Any) -> Answer:
        element: dict[str, Any] = {"message": {"_id": number, "_version": version, **message}}
        if "groups" in message:
            groups = element["message"].pop("groups")
            element["_groups"] = [{"group": {"_id": group}} for group in groups]
        return await self.ask("POST", URL, [element])

    async def pending(self, language: str = "") -> list[dict[str, Any]]:
        answer = await self.ask("GET", f"/api/v1/session?language={language}")
        assert answer.status == 200, answer
        return answer.json["pending_tasks"]

    async def confirm(self, *keys: str) -> Answer:
        return await self.ask("POST", "/api/v1/session/messages_confirm", list(keys))


async def caller(site: Site, name: str, **fields: Any) -> Caller:
    """A new user, signed in."""
    hashed = await site.app.accounts.passwords.hash(PASSWORD)
    person = await site.person(name, password=hashed, **fields)
    return Caller(site, await signed_in(site, name), person)


async def signed_in(site: Site, name: str) -> str:
    """The token of a new session of a user."""
    token = (await site.request("GET", "/api/v1/session")).json["token"]
    path = f"/api/v1/session/authenticate?token={token}&login={name}&password={PASSWORD}"
    answer = await site.request("POST", path.replace(" ", "%20"), body=b"")
    assert answer.status == 200, answer
    return token


async def editor(site: Site, name: str = "editor") -> Caller:
    return await caller(site, name, rights=("system.message",))


async def group(site: Site, number: int, name: str, **displayname: str) -> int:
    """A group with an id of our choice."""
    shown = {key.replace("_", "-"): text for key, text in displayname.items()}
    document = NewGroup(name, shown).to_document(number, site.app.clock.stamp())
    await site.app.accounts.store.groups.add(document)
    return number


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]
