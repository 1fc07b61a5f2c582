"""Which tests run at once: files are handed to workers whole, some rooms to one worker together.

Those rooms start processes by the dozen, kill them and hold them, or clients, to time. All at once
on two cores would measure each other; two beside files that mostly wait fill the machine.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

TOGETHER = {
    "chaos": "processes",
    "journeys": "processes",
    "server": "processes",
    "benchmarks": "processes",
    "browser": "clients",
    "clients": "clients",
}


def group_of(nodeid: str) -> str | None:
    """The rooms that go to one worker with this test's; None for a file of its own."""
    return TOGETHER.get(nodeid.split("/")[1])


def groups_first(items: list[pytest.Item]) -> None:
    """Put what takes longest at the beginning; otherwise the order stays."""
    items.sort(key=lambda item: group_of(item.nodeid) is None)


class Spreading(LoadFileScheduling):
    """Files in the order in which they were found, each group as if it were one."""

    def __init__(self, config: pytest.Config, log: Producer | None = None):
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid) or super()._split_scope(nodeid)
