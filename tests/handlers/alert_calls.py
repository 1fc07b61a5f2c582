"""Calling the alerts' API in tests: somebody with the permission, lists, contents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.sites import Answer, Person, Site

LISTS = "/subscriber-lists"
LIST_NOT_FOUND = {"error": "Could not find the subscriber list"}
NOT_FOUND = {"status": 404, "error": "Not Found"}
BAD_REQUEST = {"status": 400, "error": "Bad Request"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON_UTF8 = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Publisher:
    """Somebody with a bearer token that has a permission."""

    site: Site
    person: Person

    async def ask(
        self, verb: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        given = {"Authorization": f"Bearer {self.person.token}", **(headers or {})}
        answer = await self.site.request(verb, path, body=body, headers=given)
        if answer.body:
            assert answer.headers["Content-Type"] == JSON_UTF8
        return answer

    async def listed(self, **fields: Any) -> dict[str, Any]:
        """The list of these criteria, found or made."""
        answer = await self.ask("POST", LISTS, {"title": "Title", **fields})
        assert answer.status == 200, answer
        shown: dict[str, Any] = answer.json["subscriber_list"]
        return shown


async def publisher(site: Site, name: str = "publisher", right: str = "internal_app") -> Publisher:
    return Publisher(site, await site.person(name, rights=(right,)))


def said(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.json


def unprocessable(**details: list[str]) -> tuple[int, Any]:
    return 422, {"error": "Unprocessable Entity", "details": details}
