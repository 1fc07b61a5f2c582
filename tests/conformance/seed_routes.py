"""Every route of seeds 000 and 002, as the tests go over them."""

from dataclasses import dataclass

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """A path, with ``{}`` for the id of a schedule, a webhook or a failed task, and its verbs.

    ``right``: what it takes to come in, beside credentials; ``reads_body``: the verbs whose body
    matters.
    """

    path: str
    verbs: tuple[str, ...]
    right: str | None = "services"
    reads_body: tuple[str, ...] = ()

    @property
    def allow(self) -> str:
        head = ("HEAD",) if "GET" in self.verbs else ()
        return ", ".join((*self.verbs, *head, "OPTIONS"))

    @property
    def other_verbs(self) -> list[str]:
        return [verb for verb in VERBS if verb not in self.verbs]


ITEM = ("GET", "PUT", "PATCH", "DELETE")
EDITS = ("PUT", "PATCH")
SLASHED = [
    Route("/api/v1/schedule/", ("GET", "POST"), reads_body=("POST",)),
    Route("/api/v1/schedule/{schedule}/", ITEM, reads_body=EDITS),
    Route("/api/v1/schedule/{schedule}/send/", ("POST",)),
    Route("/api/v1/schedule/simulate/", ("POST",), reads_body=("POST",)),
    Route("/api/v1/webhook/", ("GET", "POST"), reads_body=("POST",)),
    Route("/api/v1/webhook/{webhook}/", ITEM, reads_body=EDITS),
    Route("/api/v1/failed-tasks/", ("GET", "POST")),
    Route("/api/v1/failed-tasks/{failed}/", ("GET",)),
    Route("/api/v1/user/", ("GET",)),
    Route("/api/v1/user/{user}/", ("GET",)),
    Route("/api/v1/group/", ("GET",)),
    Route("/api/v1/group/{group}/", ("GET",)),
    Route("/api/v1/user/token/", ("POST",), right="admin", reads_body=("POST",)),
    Route("/api/metrics/", ("GET", "POST")),
    Route("/api/health/", ("GET",), right=None),
    Route("/api/v1/messageset/", ("GET", "POST"), reads_body=("POST",)),
    Route("/api/v1/messageset/{set}/", ITEM, reads_body=EDITS),
    Route("/api/v1/messageset/{set}/messages/", ("GET",)),
    Route("/api/v1/messageset_languages/", ("GET",)),
    Route("/api/v1/message/{message}/content/", ("GET",)),
    Route("/api/v1/binarycontent/", ("GET", "POST"), reads_body=("POST",)),
    Route("/api/v1/binarycontent/{file}/", ITEM, reads_body=EDITS),
    Route("/api/v1/subscriptions/", ("GET", "POST"), reads_body=("POST",)),
    Route("/api/v1/subscriptions/{subscription}/", ITEM, reads_body=EDITS),
    Route("/api/v1/subscriptions/{subscription}/send/", ("POST",)),
    Route("/api/v1/subscriptions/{subscription}/resend/", ("POST",)),
    Route("/api/v1/subscriptions/request/", ("POST",), reads_body=("POST",)),
    Route("/api/v1/behind-subscriptions/", ("GET",), right="stages.behind.view"),
    Route("/api/v1/behind-subscriptions/{behind}/", ("GET",), right="stages.behind.view"),
    Route(
        "/api/v1/behind-subscriptions/find_behind_subscriptions/",
        ("POST",),
        right="stages.behind.find",
    ),
    Route("/api/v1/runsendestimate/", ("POST",)),
]
ROUTES = [
    *SLASHED,
    *(
        Route(route.path.removesuffix("/"), route.verbs, route.right, route.reads_body)
        for route in SLASHED
    ),
    Route("/api/v1/", ("GET",)),
    Route("/api/metrics/a", ("GET", "POST")),
    # Without the slash these are announcements'.
    Route("/api/v1/message/", ("GET", "POST"), reads_body=("POST",)),
    Route("/api/v1/message/{message}/", ITEM, reads_body=EDITS),
]
