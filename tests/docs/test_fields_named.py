"""Keys of log lines, and all of the Python client, are named on their pages as they are in code."""

import inspect
import json
import logging
import re

from carillon_client import Carillon, LiveList

from commands.logs import JsonLines
from tests.docs.pages import PAGES

CLIENT = PAGES["clients/python/README.md"]


def test_a_json_line_has_the_keys_that_the_page_names() -> None:
    (part,) = re.findall(r"makes them JSON: (.*?)\. `logging", PAGES["docs/operations.md"], re.S)
    record = logging.makeLogRecord({"exc_info": (ValueError, ValueError("x"), None)})
    line = JsonLines().format(record)
    assert set(re.findall(r"`(\w+)`", part)) == set(json.loads(line)) | {"request"}


def test_the_clients_page_names_what_it_offers() -> None:
    for offered in (Carillon, LiveList):
        names = [one for one in vars(offered) if not one.startswith("_") and one != "apply"]
        assert [one for one in names if not re.search(rf"`{one}\b", CLIENT)] == []


def test_the_clients_page_names_its_options() -> None:
    (said,) = re.findall(r"`Carillon\((.*)\)` \|", CLIENT)
    options = [re.split(r"[=,]", part)[0].strip() for part in re.split(r", (?![^(]*\))", said)]
    taken = list(inspect.signature(Carillon).parameters)
    assert [one for one in options if one != "*"] == taken
