"""What the metrics of seeds 000 and 002 are called (stages contract, 3.6)."""

import re
from typing import Final

STATUSES: Final = (400, 401, 403, 404, 500)
CREATED: Final = "schedules.created.sum"
CALLS: Final = "scheduler.deliver_task"  # what a schedule calls
SENDS: Final = "sbm.send_next_message"  # what a stage's message asks of other services
ERRORED: Final = "subscriptions.send_next_message_errored.sum"
ESTIMATE: Final = "subscriptions.send.estimate.{}.last"

_OTHERS: Final = re.compile(r"\W+")


def failures_of(what: str) -> tuple[str, ...]:
    """The failures of calls that are listed; others are counted, too."""
    return (
        failure(what, "connection_error"),
        *(failure(what, f"http_error.{status}") for status in STATUSES),
        failure(what, "timeout"),
    )


def failure(what: str, cause: str) -> str:
    """One failed call; ``cause`` is as `CallFailed` says it."""
    return f"{what}.{cause}.sum"


OF_SCHEDULES: Final = (CREATED, *failures_of(CALLS))
OF_SENDS: Final = (ERRORED, *failures_of(SENDS), *(ESTIMATE.format(day) for day in range(7)))


def of_set(content_type: str, short_name: str) -> tuple[str, str]:
    """What is counted for each message of a set that was sent: of this set, and of its kind."""
    name = _OTHERS.sub("_", short_name).strip("_")
    return f"message.{content_type}.{name}.sum", f"message.{content_type}.sum"
