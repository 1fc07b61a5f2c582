"""Requests made up from the description of the API, and answers held to it (schemathesis)."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import hypothesis
import schemathesis
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ENDLESS = "/live/events"  # an answer that does not end
LIMIT_S = 20.0


@dataclass(frozen=True)
class Fuzz:
    """Asks ``base`` as somebody of these headers; ``examples`` of each verb of each route."""

    base: str
    headers: Mapping[str, str]
    examples: int
    modes: Sequence[GenerationMode]
    until_s: float  # on the monotonic clock: what was not asked by then is left

    def run(self, document: dict[str, Any]) -> tuple[int, list[str]]:
        """How many requests were made, and what did not fit. Waits; not for the loop's thread."""
        logging.getLogger("urllib3").setLevel(logging.INFO)
        count, wrong = 0, list[str]()
        for operation in _operations(document):
            for mode in self.modes:
                if time.monotonic() > self.until_s:
                    return count, wrong
                asked, found = self._ask(operation, mode)
                count += asked
                wrong += found
        return count, wrong

    def _ask(self, operation: Any, mode: GenerationMode) -> tuple[int, list[str]]:
        found: list[str] = []
        asked = 0

        def ask(case: Case) -> None:
            nonlocal asked
            if time.monotonic() > self.until_s:
                return
            asked += 1
            answer = case.call(base_url=self.base, headers=dict(self.headers), timeout=LIMIT_S)
            try:
                case.validate_response(answer, checks=CHECKS)
            except FailureGroup as error:
                found.extend(f"{operation.label}: {one}" for one in error.exceptions)

        settings = hypothesis.settings(
            max_examples=self.examples,
            database=None,
            deadline=None,
            derandomize=True,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        with suppress(hypothesis.errors.Unsatisfiable):  # nothing can be wrong with it
            settings(hypothesis.given(case=operation.as_strategy(generation_mode=mode))(ask))()
        return asked, found


def _operations(document: dict[str, Any]) -> Iterator[Any]:
    """All verbs of all routes, from each area in turn."""
    by_area: dict[str, list[Any]] = {}
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # the document is valid
        if operation.path != ENDLESS:
            by_area.setdefault(operation.tags[0], []).append(operation)
    rounds = zip_longest(*by_area.values())
    return (operation for one in rounds for operation in one if operation is not None)
