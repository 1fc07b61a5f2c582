"""Indexes, and the ends of ranges as the embedded server reads them right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel


def up_to(bound: int) -> dict[str, int]:
    """The upper end of a range of whole numbers, ``bound`` included.

    Written as "below the next": the embedded server reads ``$lte`` on a field that others follow
    in its index as ``$lt``, and loses the rows at the bound.
    """
    return {"$lt": bound + 1}


def down_to(bound: int) -> dict[str, int]:
    """The lower end of a range of whole numbers, ``bound`` included.

    Written as "above the one before", for the same reason: where an index holds the field in
    falling order, ``$gte`` is the end that loses the rows at the bound.
    """
    return {"$gt": bound - 1}


@dataclass(frozen=True)
class Index:
    """One index: (field, 1 | -1) pairs, and what it demands; ``only`` of documents that fit."""

    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    sparse: bool = False
    expire_after_s: int | None = None
    only: Mapping[str, Any] | None = None

    def model(self) -> IndexModel:
        options: dict[str, Any] = {"unique": self.unique, "sparse": self.sparse}
        if self.expire_after_s is not None:
            options["expireAfterSeconds"] = self.expire_after_s
        if self.only is not None:
            options = {"unique": self.unique, "partialFilterExpression": dict(self.only)}
        return IndexModel(list(self.keys), **options)
