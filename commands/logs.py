"""How a process logs: lines for people or JSON for programs, each with the request it goes back to.

The level is that of Carillon's own lines: the drivers' say at ``debug`` what they send, which may
be a password or a message.
"""

import json
import logging
from datetime import UTC, datetime

from domain.trail import current
from settings import Logging

OURS = "carillon"
TEXT = "%(asctime)s %(levelname)s {who}: %(message)s"


class TextLines(logging.Formatter):
    """A line for a person; behind the message the id of the request."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        trail = current()
        line = super().formatMessage(record)
        return line if trail is None else f"{line} (request {trail.request})"


class JsonLines(logging.Formatter):
    """``{"at", "level", "logger", "process", "message"}``, and ``request`` and ``error`` if any."""

    def format(self, record: logging.LogRecord) -> str:
        row = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        trail = current()
        if trail is not None:
            row["request"] = trail.request
        if record.exc_info:
            row["error"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False)


def log_as(verb: str, serving: tuple[str, ...]) -> None:
    """Before the settings are known: lines for people, of commands only what is wrong."""
    handler = logging.StreamHandler()
    handler.setFormatter(_text(verb))
    level = logging.INFO if verb in serving else logging.WARNING
    logging.basicConfig(handlers=[handler], level=level)


def log_by(settings: Logging, verb: str, serving: tuple[str, ...]) -> None:
    """As the settings say; a command's level is theirs only if that is higher than its own."""
    formatter = JsonLines() if settings.format == "json" else _text(verb)
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, TextLines | JsonLines):
            handler.setFormatter(formatter)
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    if verb not in serving:
        level = max(level, logging.WARNING)
    logging.getLogger().setLevel(max(level, logging.INFO))
    logging.getLogger(OURS).setLevel(level)


def _text(verb: str) -> TextLines:
    who = "%(name)s" if verb != "work" else "%(process)d %(name)s"
    return TextLines(TEXT.format(who=who))
