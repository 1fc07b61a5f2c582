"""Replays recorded requests against a server and compares the answers.

    replay_inbox_golden.py GOLDEN.json --base http://127.0.0.1:8000[/prefix] --tokens TOKENS.json
        [--scheme Token] [--skip TAG]... [--unauth 401] [-v]

TOKENS.json is ``{"alice": "...", ...}`` for the users at the top of the golden file, with the same
ids. ``--skip TAG`` leaves out cases with a tag that begins so; ``--unauth N`` also takes N where
missing or wrong credentials are 403. Exit status 0 when nothing differs; the last line is
``N passed, N failed, N skipped``. How cases and matchers are written: the golden file's own head.
"""

import argparse
import http.client
import json
import re
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Case = Mapping[str, Any]

PAUSE_S = 0.03  # after a captured time, so that what follows is later
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
ANY = {
    "int": lambda got: type(got) is int,
    "string": lambda got: isinstance(got, str),
    "datetime": lambda got: isinstance(got, str) and bool(INSTANT.fullmatch(got)),
    "any": lambda got: True,
}
MATCHERS = {
    "$any": lambda wanted, got: ANY[wanted](got),
    "$prefix": lambda wanted, got: isinstance(got, str) and got.startswith(wanted),
    "$suffix": lambda wanted, got: isinstance(got, str) and got.endswith(wanted),
    "$oneof": lambda wanted, got: got in wanted,
    "$repeat": lambda wanted, got: got == wanted[0] * wanted[1],
    "$unordered": lambda wanted, got: _fits_in_any_order(wanted, got),
}


@dataclass(frozen=True)
class Answer:
    """What a server said; ``json`` is None unless the body is JSON."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def kind(self) -> str:
        if not self.body:
            return "empty"
        media_type = (self.headers.get("Content-Type") or "").partition(";")[0]
        return {"application/json": "json", "text/html": "html"}.get(media_type, "text")

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.kind == "json" else None


@dataclass
class Replay:
    """One server, and what was captured from its answers so far."""

    base: str
    tokens: Mapping[str, str]
    scheme: str = "Token"
    unauth: int | None = None
    captured: dict[str, Any] = field(default_factory=dict)

    def run(self, cases: Sequence[Case], skip: Sequence[str] = ()) -> Iterator[tuple[Case, Any]]:
        """Each case that was not skipped, and what is wrong with its answer or None."""
        for case in cases:
            if any(tag.startswith(one) for tag in case["tags"] for one in skip):
                continue
            if case.get("action") == "capture_time":
                self.captured[case["var"]] = repr(time.time())
                _pause(PAUSE_S)
            else:
                yield case, self.difference(case)

    def difference(self, case: Case) -> str | None:
        """Make one request and say how its answer differs from the recorded one."""
        _pause(case.get("sleep_ms", 0) / 1000)
        answer = self.ask(case)
        wrong = self._wrong(case, answer)
        for name, path in (case.get("capture") or {}).items():
            try:
                self.captured[name] = _at(answer.json, path)
            except (LookupError, TypeError) as error:
                wrong = f"{wrong or ''} {name} cannot be captured: {error!r}"
        return wrong

    def ask(self, case: Case) -> Answer:
        """The answer to a case's request."""
        parts = urllib.parse.urlsplit(self.base)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        path, data = _filled(case["path"], self.captured), self._data(case)
        connection.putrequest(case["method"], parts.path.rstrip("/") + path)
        for name, value in self._headers(case, data).items():
            connection.putheader(name, value)
        connection.endheaders(data or None)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        return answer

    def _headers(self, case: Case, data: bytes | None) -> dict[str, str]:
        headers = {}
        if case.get("auth_header") is not None:
            tokens = {f"token_{name}": token for name, token in self.tokens.items()}
            headers["Authorization"] = _filled(case["auth_header"], tokens)
        elif case.get("as_user"):
            headers["Authorization"] = f"{self.scheme} {self.tokens[case['as_user']]}"
        content_type = case.get("content_type", "application/json")
        if data is not None and content_type:
            headers["Content-Type"] = content_type
        if data is not None or case["method"] in ("POST", "PUT", "PATCH", "DELETE"):
            headers["Content-Length"] = str(len(data or b""))
        return headers | (case.get("headers") or {})

    def _data(self, case: Case) -> bytes | None:
        if "raw_body_hex" in case:
            return bytes.fromhex(case["raw_body_hex"])
        if "raw_body" in case:
            return str(case["raw_body"]).encode()
        if case.get("body") is None:
            return None
        return json.dumps(self._written(case["body"])).encode()

    def _written(self, value: Any) -> Any:
        """A body with what was captured in the places that name it."""
        if isinstance(value, list):
            return [self._written(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return self.captured[value["$ref"]]
        if "$refstr" in value:
            return f"{self.captured[value['$refstr']]}{value.get('suffix', '')}"
        if "$repeat" in value:
            return value["$repeat"][0] * value["$repeat"][1]
        return {key: self._written(one) for key, one in value.items()}

    def _wrong(self, case: Case, answer: Answer) -> str | None:
        if answer.status != case["status"] and not self._is_unauth(case, answer):
            return f"status {answer.status}, wanted {case['status']}: {answer.body[:200]!r}"
        if answer.kind != case["response_type"]:
            return f"body is {answer.kind}, wanted {case['response_type']}"
        return difference(case["response"], answer.json) if answer.kind == "json" else None

    def _is_unauth(self, case: Case, answer: Answer) -> bool:
        is_about_credentials = case["name"].startswith("A ") and case["status"] == 403
        is_permission = "permission" in json.dumps(case.get("response") or "")
        return answer.status == self.unauth and is_about_credentials and not is_permission


def difference(wanted: Any, got: Any, at: str = "$") -> str | None:
    """How ``got`` differs from what is wanted, matchers included, or None."""
    if isinstance(wanted, dict) and len(wanted) == 1:
        ((name, value),) = wanted.items()
        if name in MATCHERS:
            fits = MATCHERS[name](value, got)
            return None if fits else f"{at}: wanted {name} {value!r}, got {got!r}"
    if isinstance(wanted, dict) and isinstance(got, dict) and wanted.keys() == got.keys():
        found = (difference(wanted[key], got[key], f"{at}.{key}") for key in wanted)
        return next((one for one in found if one), None)
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        pairs = enumerate(zip(wanted, got, strict=True))
        found = (difference(*pair, f"{at}[{n}]") for n, pair in pairs)
        return next((one for one in found if one), None)
    is_same = type(wanted) is type(got) and wanted == got
    return None if is_same else f"{at}: wanted {wanted!r}, got {got!r}"


def _fits_in_any_order(wanted: Sequence[Any], got: Any) -> bool:
    if not isinstance(got, list) or len(got) != len(wanted):
        return False
    rest = list(got)
    for one in wanted:
        hit = next((n for n, item in enumerate(rest) if difference(one, item) is None), None)
        if hit is None:
            return False
        del rest[hit]
    return True


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: str(values.get(m.group(1), m.group(0))), text)


def _at(value: Any, path: str) -> Any:
    """The value at a path such as ``$[0].id``."""
    for number, key in re.findall(r"\[(-?\d+)\]|\.?(\w+)", path.lstrip("$")):
        value = value[int(number)] if number else value[key]
    return value


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description="Replay recorded requests against a server.")
    parser.add_argument("golden", type=Path)
    parser.add_argument("--base", required=True)
    parser.add_argument("--tokens", type=Path, required=True)
    parser.add_argument("--scheme", default="Token")
    parser.add_argument("--skip", action="append", default=[])
    parser.add_argument("--unauth", type=int)
    parser.add_argument("-v", action="store_true")
    options = parser.parse_args()
    cases = json.loads(options.golden.read_text())["cases"]
    tokens = json.loads(options.tokens.read_text())
    replay = Replay(options.base, tokens, options.scheme, options.unauth)
    passed = failed = 0
    for case, wrong in replay.run(cases, options.skip):
        passed, failed = passed + (not wrong), failed + bool(wrong)
        if wrong or options.v:
            sys.stdout.write(
                f"FAIL {case['name']} - {wrong}\n" if wrong else f"ok   {case['name']}\n"
            )
    asked = [case for case in cases if "action" not in case]
    skipped = len(asked) - passed - failed
    sys.stdout.write(f"{passed} passed, {failed} failed, {skipped} skipped\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
