"""A user who is connected to this process."""

from domain.accounts import User
from push.connection import Connection
from push.counters import Counters


class Present:
    """A user who is connected here, as he was last looked at; the same for all his connections."""

    __slots__ = ("asked", "connections", "counters", "told_at_s", "user")

    def __init__(self, user: User):
        self.user, self.asked = user, 0
        self.connections: dict[Connection, None] = {}
        self.counters = Counters()
        self.told_at_s = 0.0  # when he was last sent them
