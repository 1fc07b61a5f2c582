"""What tests of administrators' routes share: an answer in short, and the audit log."""

from typing import Any

from tests.sites import Answer, Person, Site

USERS = "/accounts/users/"
FORBIDDEN = {"detail": "You do not have permission to perform this action."}


def said(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.json


async def noted(site: Site, who: Person) -> list[tuple[str, str | None, int]]:
    """The log, the newest first, once the end of every action is in it."""
    while True:
        entries = (await site.request("GET", "/audit/", who)).json["entries"]
        if all(one["status"] for one in entries):
            return [(one["action"], one["on"], one["status"]) for one in entries]
