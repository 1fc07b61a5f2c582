"""Requests made up from the description of the API, and answers held to it (schemathesis)."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from typing import Any

import requests  # noqa: TID251 - in a thread of its own
import schemathesis
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conformance.peopled import Known

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
ENDLESS = "/live/events"  # an answer that does not end
WRONG_VERB = 405  # of any path, and described nowhere
ELSEWHERE = "/subscribers/govuk-account"  # 503: the service that knows accounts is not there
LIMIT_S = 20.0


@dataclass
class Fuzz:
    """Asks ``base`` as somebody of these headers, every other time for what there is.

    ``known`` are the parameters of a path by how it begins, ``most`` bounds the requests of one
    verb of one route. ``asked`` counts them, ``wrong`` is what did not fit.
    """

    base: str
    headers: Mapping[str, str]
    known: Known
    most: int | None
    asked: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def run(self, operations: Sequence[Any]) -> None:
        """Ask each operation. Waits: not for the loop's thread."""
        logging.getLogger("urllib3").setLevel(logging.INFO)
        with requests.Session() as session:
            for operation in operations:
                for number, case in enumerate(islice(_cases(operation), self.most)):
                    self._ask(case, is_known=number % 2 == 0, session=session)
                    self.asked[operation.label] = number + 1

    def _ask(self, case: Case, *, is_known: bool, session: requests.Session) -> None:
        found = self._known(case.operation.path) if is_known else None
        if found:
            case.path_parameters = dict(found)
        answer = case.call(
            base_url=self.base, headers=dict(self.headers), timeout=LIMIT_S, session=session
        )
        if answer.status_code == WRONG_VERB or _is_elsewhere(case, answer):
            return
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as error:
            self.wrong += [f"{case.operation.label}: {one}" for one in error.exceptions]

    def _known(self, path: str) -> Mapping[str, Any] | None:
        """The parameters of the longest beginning that is known."""
        begins = [one for one in self.known if path.startswith(one) and "{" in path]
        return self.known[max(begins, key=len)] if begins else None


def _is_elsewhere(case: Case, answer: Any) -> bool:
    return answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE and case.path.startswith(ELSEWHERE)


def _cases(operation: Any) -> Iterator[Case]:
    found: Iterator[Case] = operation.schema.iter_coverage_cases(
        operation, generation_modes=MODES, generation_config=GenerationConfig()
    )
    return found


def operations_of(document: dict[str, Any]) -> list[Any]:
    """All verbs of all routes of a document, those that delete last."""
    found = schemathesis.openapi.from_dict(document).get_all_operations()
    operations: list[Any] = [one.ok() for one in found]  # type: ignore[union-attr]
    return sorted(
        (one for one in operations if one.path != ENDLESS), key=lambda one: one.method == "delete"
    )
