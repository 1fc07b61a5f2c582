"""The websocket's standard, case by case, and RFC 7692 in a few."""

import pytest

from tests.conformance.websocket import FRAMING, judged

DEFLATE = ["12.1.1", "12.1.4", "12.4.1", "13.1.1", "13.2.1", "13.4.1", "13.7.1"]


@pytest.mark.gen_test(timeout=60)
async def test_every_case_of_framing_is_ok() -> None:
    verdicts = await judged(FRAMING)
    assert len(verdicts) == 247
    # What these three are answered is left to the server: who closes, and with which code.
    left_open = {"7.1.6", "7.13.1", "7.13.2"}
    assert {case for case, one in verdicts.items() if one != "OK"} == left_open
    assert {verdicts[case] for case in left_open} == {"INFORMATIONAL"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # kosoku's files
@pytest.mark.gen_test(timeout=60)
async def test_messages_that_are_compressed_come_back() -> None:
    assert await judged(DEFLATE) == dict.fromkeys(DEFLATE, "OK")
