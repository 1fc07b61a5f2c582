"""Subscriber lists: what they are asked for by, and what makes two the same (contract, 1.1)."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from domain.alert_criteria import Criteria, digest

TYPES: Final = (
    "document_type",
    "email_document_supertype",
    "government_document_supertype",
)
Types = tuple[str, str, str]


@dataclass(frozen=True)
class Wanted:
    """The criteria of a list, or of a look-up; ``types`` in the order of `TYPES`."""

    tags: Criteria = field(default_factory=dict)
    links: Criteria = field(default_factory=dict)
    content_id: str | None = None
    types: Types = ("", "", "")

    @property
    def tags_digest(self) -> str | None:
        return digest(self.tags)

    @property
    def links_digest(self) -> str | None:
        return digest(self.links)

    @property
    def key(self) -> str:
        """What only one list may have: that by which this one is looked up (1.1).

        Whoever looks for it finds it by the first that is given of links, tags, content id and
        types; so of two made at once by the same call the second is refused.
        """
        branch: list[str | None]
        if self.links:
            branch = ["links", self.links_digest]
        elif self.tags:
            branch = ["tags", self.tags_digest]
        else:
            branch = ["types" if self.content_id is None else "content_id"]
        text = json.dumps([*branch, self.content_id, *self.types])
        return sha256(text.encode()).hexdigest()
