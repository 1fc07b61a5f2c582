"""Carillon's client for Python: every change exactly once, whatever the network does."""

from carillon_client.client import Carillon
from carillon_client.errors import CarillonError, Ended, Failed, SignedOut
from carillon_client.events import Change, Event, Item, Refused, Reset, Unread
from carillon_client.lists import LiveList
from carillon_client.rest import Page, Sent
from carillon_client.timing import Timing

__all__ = [
    "Carillon",
    "CarillonError",
    "Change",
    "Ended",
    "Event",
    "Failed",
    "Item",
    "LiveList",
    "Page",
    "Refused",
    "Reset",
    "Sent",
    "SignedOut",
    "Timing",
    "Unread",
]
