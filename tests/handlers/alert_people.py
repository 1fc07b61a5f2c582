"""Subscribers and subscriptions in tests of alerts: subscribing, e-mails, tokens in their links."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.handlers.alert_calls import Publisher
from tests.sites import Site

ADDRESS = "test@example.com"
U = "719efe7b-00d0-4168-ac30-99fe6093e3fc"
SUBSCRIPTION_KEYS = {
    *("id", "subscriber_list", "subscriber", "created_at", "updated_at", "ended_at"),
    *("ended_reason", "ended_email_id", "frequency", "source"),
}
SUBSCRIBER_KEYS = {"id", "address", "created_at", "updated_at", "govuk_account_id"}


async def subscribe(
    caller: Publisher, alert_list: int | str, address: str = ADDRESS, **more: Any
) -> dict[str, Any]:
    """The subscription that there is then."""
    body = {"address": address, "subscriber_list_id": alert_list, **more}
    answer = await caller.ask("POST", "/subscriptions", body)
    assert answer.status == 200, answer
    shown: dict[str, Any] = answer.json["subscription"]
    return shown


async def emails(site: Site, address: str | None = None) -> list[dict[str, Any]]:
    """The e-mails that were queued, to this address or to all, the oldest first."""
    found = await site.carillon.database.collection("alerts_emails").find({})
    found.sort(key=lambda one: one["created_at"])
    return [one for one in found if address in (None, one["address"])]


async def rows(site: Site, name: str) -> list[dict[str, Any]]:
    """All documents of one of the area's collections."""
    return await site.carillon.database.collection(f"alerts_{name}").find({})


def links(text: str) -> list[str]:
    """The addresses of the links in a markdown text."""
    return re.findall(r"\]\(<([^>]+)>\)", text)


def token_in(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]
