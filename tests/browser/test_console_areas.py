"""The console: what is written, sent and due in each area."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.console_parts import PHONE, csrf, enter, group_of, is_within, line, until
from tests.browser.stage import Newcomer, Server, Visitors


@pytest.fixture(scope="module", autouse=True)
def impatient() -> Iterator[None]:
    """What is called fails for good soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARILLON_SCHEDULES_RETRY_DELAYS_S", "0.1")
        yield


def test_a_schedule_is_made_run_and_paused(visitors: Visitors):
    desk = enter(visitors, "schedules")
    desk.get_by_role("button", name="New schedule").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Calls").fill("http://127.0.0.1:9/<b>hook</b>")
    dialog.get_by_label("Payload").fill("{odd}")
    dialog.get_by_label("Crontab text").fill("30 2 * * *")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    dialog.get_by_role("button", name="Make the schedule").click()
    expect(dialog.get_by_text("This is not JSON.")).to_be_visible()
    dialog.get_by_label("Payload").fill('{"odd": "<script>"}')
    dialog.get_by_role("button", name="Make the schedule").click()
    expect(desk.get_by_role("listitem").filter(has=desk.locator("time"))).to_have_count(10)
    expect(desk.get_by_role("img", name="10 firings")).to_be_visible()
    expect(desk.locator(".firings time").first).to_contain_text("02:30")
    desk.get_by_label("Shown in").fill("Asia/Kolkata")
    desk.get_by_label("Shown in").press("Tab")
    expect(desk.locator(".firings time").first).to_contain_text(re.compile("0[67]:00"))

    desk.get_by_role("button", name="Run now").click()
    expect(desk.get_by_text(re.compile("fires now"))).to_be_visible()
    api = desk.context.request
    until(desk, lambda: api.get("/api/v1/failed-tasks/").json()["count"] == 1)
    desk.get_by_role("link", name="Failures").click()
    expect(desk.get_by_role("row").nth(1)).to_contain_text("connection failed")
    desk.get_by_role("button", name="Begin all anew").click()
    dialog.get_by_role("button", name="Begin all anew").click()
    expect(desk.get_by_text("What failed is begun anew.")).to_be_visible()
    desk.get_by_role("navigation", name="Schedules").get_by_role("link", name="Schedules").click()
    desk.get_by_role("button", name="Pause").click()
    expect(desk.get_by_role("row").nth(1)).to_contain_text("paused")
    desk.get_by_role("button", name="Resume").click()
    expect(desk.get_by_role("row").nth(1)).to_contain_text("active")


def test_gaps_and_overlaps_are_marked_on_the_line(visitors: Visitors):
    desk = enter(visitors, "schedules/trial", viewport=PHONE)
    desk.get_by_label("Time zone").fill("Europe/Berlin")
    desk.get_by_label("From (UTC)").fill("2027-03-26T00:00")
    desk.get_by_label("Shown in").fill("Europe/Berlin")
    desk.get_by_role("button", name="Show").click()
    expect(desk.locator(".firings .odd")).to_contain_text("it is due later")
    expect(desk.locator(".firings .odd")).to_contain_text("03:30")
    expect(desk.locator(".time-line .gap")).to_have_count(1)
    expect(desk.get_by_text("Clocks are set forward by 60 minutes")).to_contain_text("28 Mar")
    desk.get_by_label("From (UTC)").fill("2027-10-29T00:00")
    desk.get_by_label("A time that comes twice").select_option("both times")
    desk.get_by_role("button", name="Show").click()
    expect(desk.locator(".firings .odd")).to_have_count(2)
    expect(desk.locator(".time-line .overlap")).to_have_count(1)
    visitors.forgive("status of 400")
    desk.get_by_label("Crontab text").fill("61 * * * *")
    desk.get_by_role("button", name="Show").click()
    expect(desk.get_by_role("alert")).to_have_text(re.compile(r"\w"))
    assert is_within(desk)


def test_a_notice_to_groups_is_looked_at_sent_and_read(
    server: Server, visitors: Visitors, newcomer: Newcomer
):
    desk, name, other = enter(visitors, "people/groups"), newcomer(), newcomer()
    group_of(desk, name, other)
    for number in range(50):  # as many as are offered at once
        server.call("/accounts/groups/", {"name": f"later {number}"})
    desk.get_by_role("link", name="Broadcast").click()
    dialog, hostile = desk.get_by_role("dialog"), "<script>alert(1)</script> " + "x" * 300
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_text("Write something first.")).to_be_visible()
    desk.get_by_label("Text").fill(hostile)
    desk.get_by_role("button", name="Preview").click()
    expect(dialog.get_by_role("button", name=re.compile(r"Send to \d\d people"))).to_be_visible()
    desk.keyboard.press("Escape")
    desk.get_by_role("radio", name="Groups").check()
    desk.get_by_role("button", name="More groups").click()
    desk.get_by_label(f"of {name}").check()
    desk.get_by_role("button", name="Preview").click()
    expect(dialog.get_by_text(hostile)).to_be_visible()
    dialog.get_by_role("button", name="Send to 2 people").click()
    expect(line(desk, "<script>")).to_contain_text("0 of 2 have read it")
    reader = visitors.enter(name)
    reader.locator(".row").first.click()
    expect(line(desk, "<script>")).to_contain_text("1 of 2 have read it")
    expect(line(desk, "<script>").get_by_role("link", name=f"of {name}")).to_be_visible()
    line(desk, "<script>").get_by_role("link", name="Who read notice").click()
    expect(desk.get_by_role("listitem").filter(has_text="Accepted")).to_be_visible()
    expect(desk.get_by_role("listitem").filter(has_text="In the boxes")).to_contain_text("ms")
    readers = desk.get_by_role("table", name="Who has read it").get_by_role("row")
    expect(readers.filter(has_text=name).get_by_role("cell")).to_contain_text(re.compile(r"\d"))
    visitors.enter(other).locator(".row").first.click()
    expect(readers.filter(has_text=other)).to_be_visible()


def test_a_notice_waits_and_is_cancelled(visitors: Visitors, newcomer: Newcomer):
    desk, name = enter(visitors, "broadcast", viewport=PHONE), newcomer()
    desk.get_by_label("Text").fill("Later.")
    desk.get_by_role("radio", name="Chosen people").check()
    people = desk.get_by_role("combobox", name="User names")
    people.fill("nobody at all")
    desk.get_by_role("radio", name="Later").check()
    desk.get_by_label("Leaves at").fill("2040-03-01T09:00")
    desk.get_by_role("button", name="Preview").click()
    nobody = "Nobody is called “nobody at all”. Choose a name from the list."
    expect(desk.get_by_role("alert")).to_have_text(nobody)
    people.fill(name[:3])
    desk.get_by_role("option", name=name).click()
    expect(desk.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    assert is_within(desk)
    desk.get_by_role("button", name="Preview").click()
    desk.get_by_role("button", name="Send to 1 person").click()
    expect(line(desk, "Later.")).to_contain_text("2040")
    assert is_within(desk)
    desk.get_by_role("button", name="Cancel").click()
    desk.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(desk.get_by_role("button", name="Cancel")).to_be_focused()
    desk.get_by_role("button", name="Cancel").click()
    desk.get_by_role("dialog").get_by_role("button", name="Do not send it").click()
    expect(desk.get_by_text("Nothing waits to leave.")).to_be_visible()


def test_a_change_is_published_to_a_list_and_its_mail_is_read(visitors: Visitors):
    desk = enter(visitors, "alerts", viewport=PHONE)
    api, headers, hostile = desk.context.request, csrf(desk), "Rain <script>x</script>" + "x" * 200
    body = {"title": hostile, "tags": {"topics": {"any": ["rain"]}}}
    made = api.post("/subscriber-lists", data=body, headers=headers).json()["subscriber_list"]
    wish = {"address": "dry@example.org", "subscriber_list_id": made["id"]}
    wish["skip_confirmation_email"] = True
    assert api.post("/subscriptions", data=wish, headers=headers).ok
    desk.get_by_role("searchbox").fill("Rain")
    expect(line(desk, hostile)).to_contain_text("topics · any of: rain")
    expect(line(desk, hostile).locator("[data-label=Subscribers]")).to_have_text("1")
    assert is_within(desk)
    line(desk, hostile).get_by_role("link").click()
    desk.get_by_role("button", name="Publish to this list").click()
    dialog, submit = desk.get_by_role("dialog"), "Publish a change"
    expect(dialog.get_by_role("button", name=submit)).to_be_in_viewport(ratio=1)
    dialog.get_by_label("Title").fill("It rains")
    dialog.get_by_label("What changed").fill("More <b>water</b>.")
    dialog.get_by_label("Path of the page").fill("/rain")
    expect(dialog.get_by_label("Tags")).to_have_value('{"topics":["rain"]}')
    visitors.forgive("status of 422")
    for tags, problem in (("{odd", "This is not JSON."), ('{"topics": {"x": 1}}', "as Arrays")):
        dialog.get_by_label("Tags").fill(tags)
        dialog.get_by_role("button", name=submit).click()
        expect(dialog.get_by_text(problem)).to_be_visible()
    dialog.get_by_label("Tags").fill('{"topics": ["rain"]}')
    dialog.get_by_role("button", name=submit).click()
    expect(line(desk, "It rains")).to_contain_text("done, 1 e-mail")
    line(desk, "It rains").get_by_role("link").click()
    expect(desk.get_by_role("listitem").filter(has_text="Sending")).to_contain_text("1 of 1 sent")
    desk.get_by_role("link", name="Digests").click()
    daily = desk.get_by_role("region", name="The next daily digest")
    expect(daily).to_contain_text("come since")
    daily.get_by_role("button", name="Make it now").click()
    dialog.get_by_role("button", name="Make it now").click()
    expect(desk.get_by_role("row").nth(1)).to_contain_text("done")
    assert is_within(desk)
    until(desk, lambda: api.get("/mail/?to=dry@example.org").json()["mails"])
    desk.get_by_role("link", name="Caught e-mails").click()
    line(desk, "dry@example.org").get_by_role("link").click()
    expect(desk.locator("pre").first).to_contain_text("It rains")
    assert is_within(desk)


def test_an_announcement_is_written_in_two_languages(visitors: Visitors, newcomer: Newcomer):
    desk, name = enter(visitors, "announcements"), newcomer()
    group_of(desk, name)
    reader = visitors.enter(name)
    desk.get_by_role("link", name="New announcement").click()
    german, english = (desk.get_by_role("region", name=tag) for tag in ("de-DE", "en-US"))
    desk.get_by_label("Title · de-DE").fill("Probe")
    desk.get_by_label("Title · en-US").fill("Practice")
    desk.get_by_label("Text · de-DE").fill("<b>Montag</b><script>document.title='x'</script>")
    desk.get_by_label("Text · en-US").fill("<b>Monday</b>")
    expect(german.locator("b")).to_have_text("Montag")
    expect(german.locator("script")).to_have_count(0)
    expect(german.get_by_role("heading", name="Probe")).to_be_visible()
    expect(desk.get_by_text("0 people", exact=True)).to_be_visible()
    desk.get_by_label(f"of {name}").check()
    expect(desk.get_by_text("1 person", exact=True)).to_be_visible()
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("0 of 1 have confirmed")).to_be_visible()
    expect(german.locator("b")).to_have_text("Montag")
    expect(english.locator("b")).to_have_text("Monday")
    expect(reader.get_by_role("region", name="Practice")).to_contain_text("Monday")

    other = desk.context.new_page()
    other.goto(desk.url)
    for page, title in ((other, "Drill"), (desk, "Rehearsal")):
        page.get_by_role("link", name="Edit").click()
        page.get_by_label("Title · en-US").fill(title)
    desk.get_by_role("button", name="Save").click()
    expect(reader.get_by_role("region", name="Rehearsal")).to_contain_text("Monday")
    expect(desk.get_by_role("region", name="en-US")).to_contain_text("Rehearsal")
    visitors.forgive("status of 400")
    other.get_by_role("button", name="Save").click()
    expect(
        other.get_by_role("alert").filter(has_text="Somebody else changed it meanwhile")
    ).to_be_visible()
    expect(other.get_by_label("Title · en-US")).to_have_value("Drill")
    desk.get_by_role("button", name="Delete").click()
    desk.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(desk.get_by_text("There are no announcements.")).to_be_visible()
    expect(reader.locator(".banner")).to_have_count(0)


def test_a_sets_messages_come_from_a_file(visitors: Visitors):
    desk = enter(visitors, "stages", viewport=PHONE)
    api, headers = desk.context.request, csrf(desk)

    def make(path: str, **body: object) -> int:
        answer = api.post(f"/api/v1/{path}/", data=body, headers=headers)
        assert answer.ok, answer.text()
        number: int = answer.json()["id"]
        return number

    rule = {"cron_definition": "0 8 * * *", "enabled": False}
    schedule = make("schedule", endpoint="http://127.0.0.1:9/", payload={}, **rule)
    made = make("messageset", short_name="welcome", default_schedule=schedule)
    make("message", messageset=made, sequence_number=1, lang="eng", text_content="Hello")
    walk = {"identity": "x", "messageset": made, "schedule": schedule, "lang": "eng"}
    for number in (1, 2, 2):
        make("subscriptions", **walk, next_sequence_number=number)
    desk.get_by_role("searchbox").fill("welcome")
    expect(line(desk, "welcome")).to_contain_text("eng")
    line(desk, "welcome").get_by_role("link", name="welcome").click()
    standing = line(desk, "before message 2").locator("[data-label=Subscriptions]")
    expect(standing).to_have_text("2")
    dialog = desk.get_by_role("dialog")

    def preview(rows: str) -> None:
        text = f"sequence_number;lang;text_content\r\n{rows}".encode()
        file = {"name": "messages.csv", "mimeType": "text/csv", "buffer": text}
        dialog.get_by_label("File").set_input_files(file)  # type: ignore[arg-type]
        dialog.get_by_role("button", name="Preview").click()

    desk.get_by_role("button", name="Messages from a file").click()
    preview("x;eng;Hello")
    expect(dialog.get_by_text("Message 1 of the file has no whole number")).to_be_visible()
    rows = '1;eng;"Hello; <b>you</b>"\r\n2;eng;Second\r\n1;ger;Hallo\r\n'
    preview(rows)
    expect(dialog.locator("del")).to_have_text("Hello")
    dialog.get_by_role("button", name="Write 3 messages").click()
    expect(line(desk, "Hello; <b>you</b>").locator("[data-label=ger]")).to_have_text("Hallo")
    assert is_within(desk)
    desk.get_by_role("button", name="Messages from a file").click()
    preview(rows)
    expect(desk.get_by_text("The set says all of this already.")).to_be_visible()
    desk.get_by_role("button", name="A file for a message").click()
    dialog.get_by_label("Number").fill("2")
    dialog.get_by_label("Language").fill("ger")
    dialog.get_by_role("button", name="Store the file").click()
    expect(dialog.get_by_text("Choose a file.")).to_be_visible()
    sound = {"name": "bell.mp3", "mimeType": "audio/mpeg", "buffer": b"ID3 dong"}
    dialog.get_by_label("File").set_input_files(sound)  # type: ignore[arg-type]
    dialog.get_by_role("button", name="Store the file").click()
    link = line(desk, "Second").locator("[data-label=ger]").get_by_role("link")
    assert api.get(str(link.get_attribute("href"))).body() == b"ID3 dong"

    held = re.compile("/api/v1/message/$")
    desk.route(
        held, lambda route: None if "Eight" in route.request.post_data else route.continue_()
    )
    desk.get_by_role("button", name="Messages from a file").click()
    preview("7;eng;Seven\r\n8;eng;Eight\r\n9;eng;Nine\r\n")
    dialog.get_by_role("button", name="Write 3 messages").click()
    expect(desk.get_by_text("1 of 3 written")).to_be_visible()
    desk.reload()
    desk.unroute(held)
    expect(desk.get_by_text("An upload of 3 messages was left before its end.")).to_be_visible()
    assert is_within(desk)
    desk.get_by_role("button", name="Go on").click()
    expect(dialog).to_contain_text("1 that the file says alike")
    dialog.get_by_role("button", name="Write 2 messages").click()
    expect(line(desk, "Nine")).to_be_visible()
    expect(desk.get_by_text("was left before its end")).to_have_count(0)
    stored = api.get(f"/api/v1/messageset/{made}/messages/").json()["messages"]
    assert [one["sequence_number"] for one in stored][-3:] == [7, 8, 9]
