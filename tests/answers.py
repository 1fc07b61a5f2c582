"""Does an answer fit the description of the API? Asked of every answer that a test's site gives."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import jsonschema_rs

from handlers.description.document import document
from handlers.routes import routes
from settings import Settings

SKIPPED = {304, 405}  # of any path and verb
VERBS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


class Judge:
    """Holds answers against the document, in which every object is closed: no key may be more."""

    def __init__(self, described: Mapping[str, Any]):
        self._document = closed(described)
        paths = sorted(self._document["paths"].items(), key=lambda one: one[0].count("{"))
        self._paths = [(_matcher(template), template, verbs) for template, verbs in paths]
        self._validators: dict[str, Any] = {}

    def wrong(self, verb: str, path: str, status: int, answer: Any) -> str | None:
        """What does not fit; None where it fits, or nothing is said of the path."""
        operation, where = self._operation(verb, path.partition("?")[0])
        if operation is None or status in SKIPPED:
            return None
        told = operation["responses"].get(str(status))
        if told is None:
            return f"{where}: {status} is not described: {answer.body[:200]!r}"
        told = self._resolved(told)
        return self._misfit(told.get("content"), f"{where} {status}", answer)

    def _operation(self, verb: str, path: str) -> tuple[Any, str]:
        for one in (path, f"{path}/"):
            for matcher, template, verbs in self._paths:
                if matcher.fullmatch(one):
                    return verbs.get(verb.lower()), f"{verb} {template}"
        return None, path

    def _resolved(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = told.get("$ref")
        if reference is None:
            return told
        found: Any = self._document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return found

    def _misfit(self, content: Any, where: str, answer: Any) -> str | None:
        if not content:
            return f"{where}: a body where none is described" if answer.body else None
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if kind not in content and "application/octet-stream" not in content:
            return f"{where}: {kind!r} is not described" if answer.body or kind else None
        if kind != "application/json":
            return None
        problems = self._validator(where, content[kind]["schema"]).iter_errors(answer.json)
        return next((f"{where}: {one.message} at {one.instance_path}" for one in problems), None)

    def _validator(self, where: str, schema: Mapping[str, Any]) -> Any:
        if where not in self._validators:
            whole = {**schema, "components": self._document["components"]}
            self._validators[where] = jsonschema_rs.Draft202012Validator(
                whole, validate_formats=True
            )
        return self._validators[where]


def judge_of(settings: Settings) -> Judge:
    """The same for all sites that differ in nothing but their database: one takes 10 to 20 MB."""
    return _judge_of(replace(settings, mongodb=replace(settings.mongodb, database="any")))


@lru_cache(maxsize=4)
def _judge_of(settings: Settings) -> Judge:
    return Judge(document(routes(settings)))


def closed(part: Any) -> Any:
    """A document whose objects have no other keys than those that are described."""
    if isinstance(part, list):
        return [closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: closed(value) for key, value in part.items()}
    if isinstance(part.get("properties"), dict) and part.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def _matcher(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{\w+\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)))
