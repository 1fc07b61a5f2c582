"""What `/metrics` says, to whom, and that docs/metrics.md lists exactly that."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tornado.httpclient import AsyncHTTPClient

from domain.clock import SECOND
from domain.errors import Unavailable
from handlers.routes import application
from services.instruments import Figure
from services.seeing import Seeing
from services.stored_figures import StoredFigures
from tests.handlers.light import light_app, served
from tests.sites import Site

DOCS = Path(__file__).parents[2] / "docs"


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by its name and labels; the text is read by Prometheus' own parser."""
    families = text_string_to_metric_families(text)
    rows = (one for family in families for one in family.samples)
    return {(one.name, frozenset(one.labels.items())): one.value for one in rows}


def value(found: dict[Any, float], name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def names(text: str) -> set[str]:
    """The names of all families, as they are asked for."""
    return {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(text)
    }


async def scrape(site: Site) -> dict[Any, float]:
    answer = await site.request("GET", "/metrics", headers={"Accept": "text/plain"})
    assert answer.status == 200
    return samples(answer.body.decode())


@pytest.mark.gen_test
async def test_a_send_is_seen_from_the_request_to_the_delivery(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    socket = await site.socket(bob)
    before = await scrape(site)
    await site.send(alice, "hello", bob)
    await socket.change("message")
    now = site.carillon.clock.wall()
    await site.carillon._stores.jobs.add("due", "nobody's", now - 5 * SECOND, {})
    site.app.seeing.stored._again_at_s = 0
    found = await scrape(site)
    sends = {"worker": "1", "handler": "inbox.sends.Send"}
    assert value(found, "carillon_http_requests_total", **sends, method="POST", status="201") == 1
    assert value(found, "carillon_http_request_seconds_count", **sends) == 1
    assert value(found, "carillon_connections", worker="1", state="live") == 1
    for name in ("carillon_deliveries_total", "carillon_delivery_lag_seconds_count"):
        assert value(found, name, worker="1") > value(before, name, worker="1")
    insert = {"worker": "1", "operation": "insert"}
    assert value(found, "carillon_mongodb_seconds_count", **insert) > 0
    assert value(found, "carillon_redis_envelopes_total", worker="1", outcome="taken") > 0
    assert value(found, "carillon_redis_linked", worker="1") == 1
    assert value(found, "carillon_unsent_bytes", worker="1") == 0
    assert value(found, "carillon_jobs", kind="nobody's", state="waiting") == 1
    assert value(found, "carillon_emails", state="pending") == 0
    assert 5 <= value(found, "carillon_jobs_oldest_due_seconds", kind="nobody's") < 60
    await socket.close()


@pytest.mark.gen_test
async def test_what_is_said_is_what_the_docs_list(site: Site) -> None:
    answer = await site.request("GET", "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    listed = set(re.findall(r"`((?:carillon|process)_\w+)`", (DOCS / "metrics.md").read_text()))
    assert names(answer.body.decode()) == listed


def test_the_dashboard_asks_for_what_the_docs_list() -> None:
    listed = set(re.findall(r"`((?:carillon|process)_\w+)`", (DOCS / "metrics.md").read_text()))
    board = json.loads((DOCS / "grafana" / "carillon.json").read_text())
    asked = [one["expr"] for panel in board["panels"] for one in panel["targets"]]
    asked += [one["query"] for one in board["templating"]["list"]]
    found = {name for text in asked for name in re.findall(r"\b(?:carillon|process)_\w+", text)}
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in found} <= listed
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.gen_test
async def test_it_is_for_this_host_and_for_those_who_are_allowed() -> None:
    elsewhere = {"X-Forwarded-For": "10.0.0.1"}
    for allowed, headers, status in (
        ("127.0.0.0/8", {}, 200),
        ("10.0.0.0/8", {}, 403),
        ("", {}, 403),
        ("127.0.0.0/8", elsewhere, 403),
        ("127.0.0.0/8", {"Forwarded": "for=10.0.0.1"}, 403),
    ):
        assert await _status(allowed, headers) == status


async def _status(allowed: str, headers: dict[str, str]) -> int:
    from_where = light_app(CARILLON_METRICS_ALLOW=allowed)
    async with served(application(from_where)) as port:
        url = f"http://127.0.0.1:{port}/metrics"
        answer = await AsyncHTTPClient().fetch(url, headers=headers, raise_error=False)
        return answer.code


@pytest.mark.gen_test
async def test_the_methods_of_strangers_make_no_series_of_their_own() -> None:
    seeing = Seeing()
    for method in ("BREW", "PROPFIND", "GET"):
        seeing.instruments.note_request("pages.Page", method, 405, 0.001)
    found = samples((await seeing.exposition.text()).decode())
    told = {key[1] for key in found if key[0] == "carillon_http_requests_total"}
    assert {dict(labels)["method"] for labels in told} == {"other", "GET"}


@pytest.mark.gen_test
async def test_the_databases_figures_are_read_seldom_and_stay_while_it_is_away() -> None:
    now, reads, is_away = [0.0], [], [False]
    stored = StoredFigures(lambda: now[0])

    async def read() -> tuple[dict[tuple[str, ...], float]]:
        reads.append(now[0])
        if is_away[0]:
            raise Unavailable
        now[0] += 2
        return ({("waiting",): len(reads)},)

    stored.add([Figure("carillon_letters", "Letters", ("state",))], read)

    async def figures() -> list[float]:
        return [one.samples[0].value for one in await stored.families()]

    assert await figures() == [1, 2]
    now[0] = 41.9  # it took two seconds, so for forty nobody reads
    assert await figures() == [1, 41.9]
    now[0] = 42
    is_away[0] = True
    assert await figures() == [1, 42]
    assert reads == [0, 42]
