"""The audit of dependencies tells a hole from no hole, and both from no answer."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import audit

HOLE = {
    "id": "GHSA-1",
    "summary": "reads too much",
    "aliases": ["CVE-1"],
    "affected": [
        {
            "package": {"name": "bad", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}],
        }
    ],
}


class _Osv(BaseHTTPRequestHandler):
    """The database's answers: one package has a hole."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"vulns": [HOLE]} if asked["package"]["name"] == "bad" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Osv) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("bad[x]==1.0  # why\ngood==1.0\n")
    return path


def test_a_hole_is_named_with_what_mends_it(
    url: str, pins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = audit.ask([pins], url)
    assert list(audit.holes(report)) == ["bad 1.0: CVE-1 GHSA-1, mended in 2.0"]
    monkeypatch.setattr(audit, "ALLOWED", {"CVE-1": "nothing here reads"})
    assert list(audit.holes(report)) == []


def test_who_does_not_answer_was_not_asked(pins: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(audit.NotAskedError, match="no answer within 2 s"):
            audit.ask([pins], url, 2)
    with pytest.raises(audit.NotAskedError, match="Connection refused"):
        audit.ask([pins], url)


@pytest.mark.parametrize(
    ("found", "words", "status", "said"),
    [
        (None, [], 3, "advisories could not be asked: no network"),
        (None, ["--if-reachable"], 0, "advisories could not be asked: no network"),
        ([], ["--if-reachable"], 0, "no hole is known in 1 packages"),
        ([{"id": "A", "aliases": [], "fix_versions": []}], ["--if-reachable"], 1, "bad 1: A, "),
    ],
)
def test_only_a_hole_fails_a_check_that_may_be_without_a_network(
    found: list[object] | None,
    words: list[str],
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def ask(files: list[Path]) -> object:
        assert files
        if found is None:
            raise audit.NotAskedError("no network")
        return {"dependencies": [{"name": "bad", "version": "1", "vulns": found}]}

    monkeypatch.setattr(audit, "ask", ask)
    assert audit.main(words) == status
    assert capsys.readouterr().out.startswith(said)
