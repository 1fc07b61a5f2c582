"""Files of stage messages: which are taken, and what they are called (contract, 1.2.5)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from domain.coercion import Refused

NO_FILE: Final = "No file was submitted."
EMPTY: Final = "The submitted file is empty."
NOT_A_FILE: Final = "The submitted data was not a file. Check the encoding type on the form."
NOT_TAKEN: Final = "Files are taken whose names end in {}."

TYPES: Final = {
    ".3gp": "video/3gpp",
    ".aac": "audio/aac",
    ".amr": "audio/amr",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
}
SHOWN: Final = ("audio/", "image/")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Upload:
    """A file as it came: the name that its owner gave it, and its content."""

    name: str
    content: bytes


def check_file(upload: Upload) -> None:
    """Raise `Refused` for an empty file, and for one of a kind that no message carries."""
    if not upload.content:
        raise Refused(EMPTY)
    if ending(upload.name) not in TYPES:
        raise Refused(NOT_TAKEN.format(", ".join(sorted(TYPES))))


def ending(name: str) -> str:
    """The end of a name that says what a file is, in small letters."""
    return PurePosixPath(name).suffix.lower()


def stored_name(upload: Upload, now: int, random: str) -> str:
    """What it is called here: the moment to the µs, something nobody guesses, its ending."""
    moment = (_EPOCH + timedelta(microseconds=now)).strftime("%Y%m%d%H%M%S%f")
    return f"{moment}{random}{ending(upload.name)}"


def media_type(name: str) -> str:
    """What a stored file is."""
    return TYPES[ending(name)]


def is_shown(name: str) -> bool:
    """May a browser show it? Anything else is saved."""
    return media_type(name).startswith(SHOWN)
