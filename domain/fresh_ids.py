"""Names for what is new: 32 hexadecimal digits that nobody can guess and no process makes twice."""

import os

DIGITS, AT_ONCE = 32, 256

_ready: list[str] = []
os.register_at_fork(after_in_child=_ready.clear)


def fresh_id() -> str:
    """128 random bits; the operating system is asked for many at once."""
    if not _ready:
        text = os.urandom(AT_ONCE * DIGITS // 2).hex()
        _ready.extend(text[at : at + DIGITS] for at in range(0, len(text), DIGITS))
    return _ready.pop()
