"""Every route of the inbox and of its page, as the tables of the tests go over them."""

from dataclasses import dataclass

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """One path with its only verb; ``key`` names the list in its body, if it takes one."""

    verb: str
    path: str
    key: str = ""

    @property
    def allow(self) -> str:
        return "GET, HEAD, OPTIONS" if self.verb == "GET" else f"{self.verb}, OPTIONS"

    @property
    def is_send(self) -> bool:
        return self.path.endswith("/send/")

    @property
    def other_verbs(self) -> list[str]:
        more = [] if self.verb == "GET" else ["HEAD"]
        return [verb for verb in VERBS if verb != self.verb] + more


def _of_kind(kind: str) -> list[Route]:
    items = f"{kind}_ids"
    return [
        Route("POST", f"/{kind}s/send/", "recipient_ids"),
        Route("PATCH", f"/{kind}s/mark-read/", items),
        Route("PATCH", f"/{kind}s/mark-unread/", items),
        Route("DELETE", f"/{kind}s/delete/", items),
        Route("DELETE", f"/{kind}s/delete-sent/", items),
        Route("GET", f"/{kind}s/"),
        Route("GET", f"/{kind}s/read/"),
        Route("GET", f"/{kind}s/unread/"),
        Route("GET", f"/{kind}s/sent/"),
        Route("GET", f"/{kind}s/1/"),
        Route("GET", f"/{kind}s/sent/1/"),
        Route("GET", f"/{kind}s/sent/1/receipts/"),
    ]


INBOX = [*_of_kind("message"), *_of_kind("notice")]
PAGE = [
    Route("GET", "/inbox/items/"),
    Route("GET", "/inbox/items/1/"),
    Route("GET", "/inbox/people/"),
    Route("GET", "/inbox/counts"),
]
WITH_BODY = [route for route in INBOX if route.key]
LISTS = [route for route in INBOX if route.verb == "GET" and "1" not in route.path]
