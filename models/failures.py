"""The driver's errors as ours: what a caller can act on, and why, for the one line of a start."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymongo import errors

from domain.errors import OutcomeUnknown, TooLarge, Unavailable

DUPLICATE_KEY = 11000
DOCUMENT_TOO_LARGE = 10334
INTERNAL_ERROR = 1  # what the embedded server says when it cannot write: its disk is full
REFUSALS = (13, 18, 8000)  # not authorized, not authenticated, Atlas's word for both


class Duplicate(Exception):
    """A unique index refused the write; nothing was written."""

    def __init__(self, key: Mapping[str, Any]):
        super().__init__(f"duplicate key {dict(key)}")
        self.key = dict(key)


@contextmanager
def translated(*, write: bool) -> Iterator[None]:
    """Driver errors become ours; a write whose answer was lost may have happened."""
    try:
        yield
    except errors.PyMongoError as error:
        ours = translate(error, write=write)
        if ours is None:
            raise
        raise ours from error


def translate(error: Exception, *, write: bool) -> Exception | None:
    """Ours for a driver's error; None for any other, which is a mistake of our own."""
    code = getattr(error, "code", None)
    if isinstance(error, errors.DuplicateKeyError):
        return Duplicate((error.details or {}).get("keyValue") or {})
    if isinstance(error, errors.DocumentTooLarge) or code == DOCUMENT_TOO_LARGE:
        return TooLarge()
    if isinstance(error, errors.ServerSelectionTimeoutError | errors.ConfigurationError):
        return Unavailable()
    if code in REFUSALS:
        return Unavailable()
    if code == INTERNAL_ERROR:
        return OutcomeUnknown() if write else Unavailable()
    if isinstance(error, errors.ConnectionFailure | errors.ExecutionTimeout | errors.WTimeoutError):
        return OutcomeUnknown() if write else Unavailable()
    return None


def reason(error: Unavailable) -> str:
    """Why the database is away, in one line for a person."""
    text = str(error.__cause__ or error)
    for end in (" (configured timeouts", ", Timeout:", ", full error:"):
        text = text.partition(end)[0]
    return " ".join(text.split())


def refusals(error: errors.BulkWriteError) -> dict[int, Exception]:
    """Why each refused document or change of a batch was; the others are stored."""
    details = error.details or {}
    if details.get("writeConcernErrors"):
        raise OutcomeUnknown from error
    return {one["index"]: _refusal(one) for one in details.get("writeErrors", ())}


def _refusal(one: Mapping[str, Any]) -> Exception:
    """Why one document was refused, without the document itself: errors are logged."""
    if one.get("code") == DUPLICATE_KEY:
        return Duplicate(one.get("keyValue") or {})
    if one.get("code") == DOCUMENT_TOO_LARGE:
        return TooLarge()
    return errors.WriteError(str(one.get("errmsg", "")), one.get("code"))
