"""Lists for administrators that are read page by page, each from where the one before ended."""

import re

from domain.errors import Invalid
from handlers.base import ApiHandler
from handlers.queries import A_NUMBER, NOT_A_CURSOR, last, limit

USUAL_PAGE, LARGEST_PAGE = 20, 100
EVER = 2**53


class Pages(ApiHandler):
    """A list that is read page by page."""

    admin_only = True

    def size(self) -> int:
        return limit(self.query(), usual=USUAL_PAGE, most=LARGEST_PAGE)

    def cursor(self, form: re.Pattern[str]) -> str:
        """What ``next`` of the page before was, or nothing; raises `Invalid`."""
        text = last(self.query(), "cursor") or ""
        if text and not form.fullmatch(text):
            raise Invalid({"cursor": [NOT_A_CURSOR]})
        return text

    def place(self, first: int) -> int:
        """The same where it is a number; ``first`` for the first page."""
        return int(self.cursor(A_NUMBER) or first)
