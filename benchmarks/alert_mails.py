"""How fast are e-mails made for a list's subscribers, and sent to a relay that takes everything?

Run from the checkout: `.venv/bin/python -m benchmarks.alert_mails`.
"""

import argparse
import asyncio
import json
import os
import sys
import urllib.request
from dataclasses import dataclass
from time import perf_counter, time_ns
from typing import Any
from uuid import uuid4

from benchmarks.parts import options
from benchmarks.parts.programs import Cpus, RunError, pin
from benchmarks.parts.report import Heading, number, table
from benchmarks.parts.site import Site, carillon
from benchmarks.parts.usage import cpu_s, memory_bytes

INSERTED_AT_ONCE = 2_000
LOOK_S = 0.25
LIMIT_S = 1_800.0
MIB = 1024 * 1024
CHANGE = {"title": "A change", "description": "What it is about.", "change_note": "What changed."}


@dataclass
class Sink:
    """The least that an SMTP server can be: it takes everything and keeps nothing."""

    mails: int = 0
    connections: int = 0
    open: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self.mails += 1
                writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the server ended, and its connections with it
        finally:
            writer.close()
            self.open -= 1


@dataclass
class Measured:
    """Seconds from the call until all were made, and sent; what the server used meanwhile."""

    made_s: float = 0.0
    sent_s: float = 0.0
    sent: int = 0
    sent_by_then: int = 0
    cpu_s: float = 0.0
    before_bytes: int = 0
    peak_bytes: int = 0
    connections: int = 0


def fill(site: Site, people: int) -> None:
    """A list and its subscribers, stored past the use cases: what is measured comes after."""
    database, now = site.stores.mongodb[site.database], time_ns() // 1_000
    made = ask(site, "/subscriber-lists", {"title": "All", "tags": {"topics": {"any": ["oil"]}}})
    for start in range(1, people + 1, INSERTED_AT_ONCE):
        ids = range(start, min(people + 1, start + INSERTED_AT_ONCE))
        common: dict[str, Any] = {"signon_user_uid": None, "created_at": now, "updated_at": now}
        addresses = {one: f"s{one}@example.org" for one in ids}
        subscribers = [
            {"_id": one, "address": text, "address_key": text, "govuk_account_id": None, **common}
            for one, text in addresses.items()
        ]
        ended = dict.fromkeys(("ended_at", "ended_reason", "ended_email_id"))
        subscribed = {"list": made["subscriber_list"]["id"], "frequency": "immediately"}
        more = {**subscribed, "source": "imported", "active": True, **ended, **common}
        rows = [{"_id": str(uuid4()), "subscriber": one, **more} for one in ids]
        database["alerts_subscribers"].insert_many(subscribers, ordered=False)
        database["alerts_subscriptions"].insert_many(rows, ordered=False)
    counter = {"_id": "alerts_subscribers"}
    database["counters"].update_one(counter, {"$max": {"value": people}}, upsert=True)


def ask(site: Site, path: str, body: dict[str, Any]) -> Any:
    """One POST; the answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{site.port}{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {site.admin}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - ours
        return json.load(answer)


async def measure(site: Site, sink: Sink, people: int, enough: int) -> Measured:
    """Publish once, and look until all e-mails are made and so many are with the sink."""
    contents = site.stores.mongodb[site.database]["alerts_content_changes"]
    found, used = Measured(before_bytes=memory_bytes(site.server.pid)), cpu_s(site.server.pid)
    started = perf_counter()
    body = {**CHANGE, "tags": {"topics": ["oil"]}}
    await asyncio.to_thread(ask, site, "/content-changes", body)
    async with asyncio.timeout(LIMIT_S):
        while sink.mails < enough or not found.made_s:
            await asyncio.sleep(LOOK_S)
            found.peak_bytes = max(found.peak_bytes, memory_bytes(site.server.pid))
            if not found.made_s and await asyncio.to_thread(_is_processed, contents):
                found.made_s, found.sent_by_then = perf_counter() - started, sink.mails
    found.sent_s, found.cpu_s = perf_counter() - started, cpu_s(site.server.pid) - used
    found.connections, found.sent = sink.connections, sink.mails
    if sink.mails > people:
        raise RunError(f"{sink.mails} e-mails for {people} subscribers")
    return found


def _is_processed(contents: Any) -> bool:
    return contents.find_one({"processed_at": {"$ne": None}}, ["_id"]) is not None


async def one_round(arguments: argparse.Namespace, cpus: Cpus) -> tuple[Heading, Measured]:
    """A sink, a site that sends to it, and one publication."""
    sink = Sink()
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    os.environ["CARILLON_MAIL_SMTP_URL"] = f"smtp://127.0.0.1:{port}?starttls=0"
    os.environ["CARILLON_ALERTS_EMAILS_PER_MINUTE"] = "1000000"
    async with server:
        with carillon(1, cpus, options.uris(arguments), arguments.profile) as site:
            await asyncio.to_thread(fill, site, arguments.subscribers)
            heading = Heading(cpus, site.stores.names())
            enough = min(arguments.sent or arguments.subscribers, arguments.subscribers)
            found = await measure(site, sink, arguments.subscribers, enough)
        while sink.open:  # noqa: ASYNC110 - the site is stopped, and hangs up
            await asyncio.sleep(LOOK_S)
    return heading, found


def run(arguments: argparse.Namespace) -> None:
    """Build a site, measure, print."""
    cpus, people = Cpus.of_machine(), arguments.subscribers
    pin(os.getpid(), cpus.generator)
    heading, found = asyncio.run(one_round(arguments, cpus))
    print("\n".join(heading.lines(f"{people:,} immediate subscribers of one list")))
    after = found.sent - found.sent_by_then
    rows = [
        ["made, e-mails/s", number(people / found.made_s)],
        ["made after, s", number(found.made_s)],
        ["sent meanwhile", number(found.sent_by_then)],
        ["sent afterwards, e-mails/s", number(after / (found.sent_s - found.made_s))],
        [f"{found.sent:,} sent after, s", number(found.sent_s)],
        ["connections", number(found.connections)],
        ["CPU of the server, ms/e-mail made", number(1e3 * found.cpu_s / people)],
        ["memory before, MiB", number(found.before_bytes / MIB)],
        ["memory at its peak, MiB", number(found.peak_bytes / MIB)],
    ]
    print("", table(["", "value"], rows), sep="\n")


def main() -> int:
    """The command line."""
    parser = options.parser(__doc__.splitlines()[0], rounds=1)
    parser.add_argument("--subscribers", type=int, default=5_000, metavar="N", help="default: 5000")
    parser.add_argument("--sent", type=int, metavar="N", help="end after so many; default: all")
    return options.carry_out(run, parser)


if __name__ == "__main__":
    sys.exit(main())
