"""Putting plain text into markdown, so that it shows as it is."""

import re
from typing import Final

_MARKS: Final = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")


def escaped(text: str) -> str:
    """The text on one line, with no character of it that markdown would take for a mark."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def linked(text: str, url: str) -> str:
    """A link of this text, to an address that was percent-encoded."""
    return f"[{escaped(text)}](<{url}>)"
