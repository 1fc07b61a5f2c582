"""How many subscriptions does one firing of a schedule move in a second, into inboxes?

Run from the checkout: `.venv/bin/python -m benchmarks.stages`.
"""

import argparse
import json
import os
import sys
import time
from time import perf_counter
from urllib.request import Request, urlopen
from uuid import uuid4

from benchmarks.parts import options
from benchmarks.parts.programs import Cpus, RunError, pin
from benchmarks.parts.report import Heading, number, table
from benchmarks.parts.site import Site, carillon
from benchmarks.parts.usage import cpu_s
from models.stages import EDITION
from models.users import NewUser
from services.stage_firing import PAGE
from services.stage_successors import NEW

MESSAGES = 10
FIRST_USER = 1_000_000
INSERTED_AT_ONCE = 1_000
LOOKED_EVERY_S = 0.2
LIMIT_S = 600.0


def ask(site: Site, path: str, **body: object) -> dict[str, int]:
    """One request of the administrator."""
    headers = {"Authorization": f"Token {site.admin}", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{site.port}/api/v1/{path}"
    with urlopen(Request(url, json.dumps(body).encode(), headers)) as answer:  # noqa: S310
        made: dict[str, int] = json.load(answer)
        return made


def prepare(site: Site, count: int) -> int:
    """So many people, one subscription each, as the server stores them; the schedule's id."""
    schedule = ask(site, "schedule/", minute="0", enabled=False)["id"]
    messages = ask(site, "messageset/", short_name="a", default_schedule=schedule)["id"]
    for n in range(1, MESSAGES + 1):
        said = {"messageset": messages, "lang": "eng_ZA", "text_content": f"Day {n}. " * 10}
        ask(site, "message/", sequence_number=n, **said)
    database = site.stores.mongodb[site.database]
    for start in range(1, count + 1, INSERTED_AT_ONCE):
        some = range(start, min(start + INSERTED_AT_ONCE, count + 1))
        people = [NewUser(f"walker{n}").to_document(FIRST_USER + n, 1) for n in some]
        database["accounts_users"].insert_many(people)
        database["stages_subscriptions"].insert_many(
            [
                {
                    **NEW,
                    "_id": n,
                    "uuid": str(uuid4()),
                    "identity": f"walker{n}",
                    "messageset": messages,
                    "schedule": schedule,
                    "lang": "eng_ZA",
                    "next_sequence_number": 1 + n % MESSAGES,
                    "metadata_keys": [],
                    EDITION: 1,
                    "created_at": 1,
                    "updated_at": 1,
                }
                for n in some
            ]
        )
    last = {"$max": {"value": count}}
    database["counters"].update_one({"_id": "stages_subscriptions"}, last, upsert=True)
    return schedule


def is_over(site: Site) -> bool:
    """Has every page been done?"""
    jobs = site.stores.mongodb[site.database]["jobs"]
    states = [one["state"] for one in jobs.find({"kind": PAGE})]
    return bool(states) and set(states) == {"done"}


def fire(site: Site, schedule: int) -> float:
    """How many seconds a firing takes."""
    began = perf_counter()
    ask(site, f"schedule/{schedule}/send/")
    while not is_over(site):
        if perf_counter() - began > LIMIT_S:
            raise RunError("the firing did not end")
        time.sleep(LOOKED_EVERY_S)  # noqa: TID251 - no loop runs here
    return perf_counter() - began


def run(arguments: argparse.Namespace) -> None:
    """Build a site, measure, print."""
    cpus, count = Cpus.of_machine(), arguments.subscriptions
    pin(os.getpid(), cpus.generator)
    with carillon(1, cpus, options.uris(arguments), arguments.profile) as site:
        heading = Heading(cpus, site.stores.names())
        schedule = prepare(site, count)
        used = cpu_s(site.server.pid)
        took_s = fire(site, schedule)
        used = cpu_s(site.server.pid) - used
        copies = site.stores.mongodb[site.database]["inbox_deliveries"]
        found = copies.count_documents({})
        if found != count:
            raise RunError(f"{found} notices of {count} subscriptions")
    print("\n".join(heading.lines(f"one firing over {count:,} subscriptions; one server process")))
    columns = ["subscriptions", "s", "a second", "server CPU for each, µs"]
    row = [f"{count:,}", number(took_s), number(count / took_s), number(1e6 * used / count)]
    print("", table(columns, [row]), sep="\n")


def main() -> int:
    """The command line."""
    parser = options.parser(__doc__.splitlines()[0], rounds=1)
    parser.add_argument(
        "--subscriptions", type=int, default=5_000, metavar="N", help="default: 5000"
    )
    return options.carry_out(run, parser)


if __name__ == "__main__":
    sys.exit(main())
