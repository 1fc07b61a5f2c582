"""The settings of the inbox: how each kind of item behaves, and who may do what with it."""

from dataclasses import dataclass
from typing import Literal

from settings_kinds import Count, Days, Policy, Who


@dataclass(frozen=True)
class Permissions:
    send: Who
    mark_read: Who
    mark_unread: Who
    delete: Who
    delete_sent: Who
    list: Who
    list_read: Who
    list_unread: Who
    list_sent: Who
    detail: Who
    detail_sent: Who


@dataclass(frozen=True)
class Box:
    """How one kind of inbox item behaves (contract 1.9)."""

    recipients: Policy
    items: Policy
    send_to_self: bool
    participant_key: Literal["id", "username"]
    page_size: Count | None
    delete_hanging: bool
    permissions: Permissions


@dataclass(frozen=True)
class Inbox:
    unauthenticated: Literal[403, 401]
    scheduled_per_user: Count
    retention_days: Days | None
    messages: Box
    notices: Box
