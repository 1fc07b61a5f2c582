"""The links in e-mails of alerts (alerts contract, 3.5 and 3.9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

UNSUBSCRIBE: Final = "/email/unsubscribe/"
ONE_CLICK: Final = "/email/unsubscribe/one-click/"
MANAGE: Final = "/email/manage"
SIGN_IN: Final = "/email/manage/authenticate"
CONFIRM: Final = "/email/subscriptions/authenticate"

_NOTHING: Final[Mapping[str, str]] = {}
_UNESCAPED: Final = "%/?#[]@!$&'()*+,;=:~-._"


@dataclass(frozen=True, slots=True)
class Links:
    """Links to the pages under ``root``, which has no slash at its end."""

    root: str

    def to(self, destination: str, **added: str) -> str:
        """A path with what it has of a query, then ``added``, then its own fragment."""
        path, hash_, fragment = destination.partition("#")
        path, _, query = path.partition("?")
        pairs = [(n, v) for n, v in parse_qsl(query, keep_blank_values=True) if n not in added]
        query = urlencode([*pairs, *added.items()], quote_via=quote)
        text = f"{quote(path, safe=_UNESCAPED)}{'?' if query else ''}{query}"
        return f"{self.root}{text}{hash_}{quote(fragment, safe=_UNESCAPED)}"

    def unsubscribe(self, subscription: str, token: str, tags: Mapping[str, str] = _NOTHING) -> str:
        """Where one subscription can be ended, after one more question; ``tags`` are counted by."""
        return self.to(f"{UNSUBSCRIBE}{subscription}", **tags, token=token)

    def one_click(self, subscription: str, token: str, tags: Mapping[str, str] = _NOTHING) -> str:
        """Where one POST ends it (RFC 8058)."""
        return self.to(f"{ONE_CLICK}{subscription}", **tags, token=token)

    def manage(self, address: str, tags: Mapping[str, str] = _NOTHING) -> str:
        """Where somebody asks for a link to all that is his."""
        return self.to(SIGN_IN, **tags, address=address)


def tags(alert_list: Mapping[str, object], content: str) -> Mapping[str, str]:
    """What links in an e-mail about a list are counted by; single pages have their own campaign.

    ``alert_list`` has ``slug`` and ``content_id``; ``content`` says which kind of e-mail it is.
    """
    kind = "single-page" if alert_list["content_id"] else "subscriptions"
    campaign = f"carillon-alerts-{kind}"
    return {
        "utm_source": str(alert_list["slug"]),
        "utm_medium": "email",
        "utm_campaign": campaign,
        "utm_content": content,
    }
