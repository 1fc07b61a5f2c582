"""Subscriber lists over HTTP (alerts contract, 1.0-1.4, 5.2, 5.5)."""

import asyncio
from typing import Any

import pytest

from tests.handlers.alert_calls import (
    BAD_REQUEST,
    FORM,
    JSON_UTF8,
    LIST_NOT_FOUND,
    LISTS,
    publisher,
    said,
    unprocessable,
)
from tests.sites import Site

U = "719efe7b-00d0-4168-ac30-99fe6093e3fc"
TOPICS = {"topics": {"any": ["a", "b"], "all": ["c"]}}
BLANKS: list[Any] = ["", " ", None, [], {}]
OUTSIDE: list[Any] = ["//x", "http://x", "x", "", 3]
KEYS = {
    *("id", "title", "slug", "gov_delivery_id", "url", "description", "tags", "links"),
    *("document_type", "email_document_supertype", "government_document_supertype", "content_id"),
    *("tags_digest", "links_digest", "created_at", "updated_at", "last_audited_at"),
    *("last_alerted_at", "signon_user_uid", "active_subscriptions_count"),
}


@pytest.mark.gen_test
async def test_who_may_call(site: Site) -> None:
    asked = {"Content-Type": "application/json"}
    for header, reason in [
        ({}, "invalid_request"),
        ({"Authorization": "Bearer"}, "invalid_request"),
        ({"Authorization": "Basic YTpi"}, "invalid_request"),
        ({"Authorization": "Bearer 0123"}, "invalid_token"),
    ]:
        for verb, path in [("GET", LISTS), ("POST", LISTS), ("PATCH", f"{LISTS}/x")]:
            answer = await site.request(verb, path, headers={**asked, **header})
            assert (answer.status, set(answer.json)) == (401, {"message"})
            assert answer.headers["WWW-Authenticate"] == f'Bearer error="{reason}"'
            assert answer.headers["Content-Type"] == JSON_UTF8
    caller = await publisher(site, right="status_updates")
    answer = await caller.ask("GET", LISTS)
    assert (answer.status, set(answer.json)) == (403, {"message"})
    assert "internal_app" in answer.json["message"]
    admin = await site.admin()
    assert said(await site.request("GET", LISTS, admin)) == (404, LIST_NOT_FOUND)


@pytest.mark.gen_test
async def test_found_or_made(site: Site) -> None:
    caller = await publisher(site)
    made = await caller.listed(title="The  Títle!", url="/a?b=1", tags=TOPICS, description="d")
    assert set(made) == KEYS
    assert made["slug"] == made["gov_delivery_id"] == "the-title"
    assert (made["tags"], made["links"], made["url"]) == (TOPICS, {}, "/a?b=1")
    assert (made["content_id"], made["document_type"], made["description"]) == ("", "", "d")
    assert made["signon_user_uid"] == str(caller.person.id)
    assert (made["links_digest"], len(made["tags_digest"])) == (None, 64)
    assert made["created_at"] == made["updated_at"]
    assert (made["created_at"][10], made["created_at"][-5:][0]) == ("T", ".")

    turned = {"topics": {"all": ["c"], "any": ["b", "a"]}}
    same = await caller.listed(title="The  Títle!", url="/a?b=1", tags=turned)
    assert same == made, "nothing that is kept differs"
    again = await caller.listed(title="Other", tags=turned, description="not taken")
    assert {**made, "title": "Other", "url": None, "updated_at": again["updated_at"]} == again
    assert again["updated_at"] > made["updated_at"]

    other = await caller.listed(title="The Title", links={"topics": [U]})
    assert other["links"] == {"topics": {"any": [U]}}
    assert other["slug"].startswith("the-title-")
    assert len(other["slug"]) == len("the-title-") + 10
    outermost = await caller.listed(tags={"any": {"organisations": ["my-org"]}})
    assert outermost["tags"] == {"organisations": {"any": ["my-org"]}}
    long = await caller.listed(title="long " * 1000, document_type=7)
    assert long["document_type"] == "7"
    assert len(long["slug"]) == 254
    empty = await caller.listed(title="日本", document_type="y")
    assert len(empty["slug"]) == 10


@pytest.mark.gen_test
async def test_what_is_refused(site: Site) -> None:
    caller = await publisher(site)
    assert said(await caller.ask("POST", LISTS, {})) == (400, BAD_REQUEST)
    blank, relative = ["can't be blank"], ["must be a root-relative URL"]
    arrays, links = (f"All {one} values must be sent as Arrays" for one in ("tag", "link"))
    wrong: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
        *(({"title": one}, {"title": blank}) for one in BLANKS),
        *(({"url": one}, {"url": relative}) for one in OUTSIDE),
        ({"tags": {"topics": "a"}}, {"tags": [arrays]}),
        ({"tags": {"topics": {"any": "a"}}}, {"tags": [arrays]}),
        ({"tags": {"topics": {"some": ["a"]}}}, {"tags": [arrays]}),
        ({"tags": {"x": ["a"]}}, {"tags": ["x are not valid tags."]}),
        ({"tags": {"x": [], "y": []}}, {"tags": ["x and y are not valid tags."]}),
        ({"tags": {"topics": ["é"]}}, {"tags": ["topics has a value with an invalid format."]}),
        ({"links": {"x": {"any": {}}}}, {"links": [links]}),
        ({"links": {"x": ["a/b"]}}, {"links": ["x has a value with an invalid format."]}),
        ({"content_id": "x"}, {"content_id": ["is not a valid UUID"]}),
        (
            {"title": "", "tags": {"a": 3, "b": [], "c": ["?"]}},
            {
                "title": blank,
                "tags": [
                    arrays,
                    "a, b, and c are not valid tags.",
                    "c has a value with an invalid format.",
                ],
            },
        ),
    ]
    for body, details in wrong:
        answer = await caller.ask("POST", LISTS, {"title": "t", **body})
        assert (body, *said(answer)) == (body, *unprocessable(**details))
    for broken in (b"{", b"\xff", b'{"title": "\\ud800"}', b'{"title": "t", "x": {"\\uDFFF": 1}}'):
        answer = await caller.ask("POST", LISTS, broken, {"Content-Type": "application/json"})
        assert said(answer) == (400, BAD_REQUEST)
    assert await site.carillon.database.collection("alerts_lists").find({}) == []


@pytest.mark.gen_test
async def test_look_up_by_the_first_criterion_given(site: Site) -> None:
    caller = await publisher(site)
    assert said(await caller.ask("GET", LISTS)) == (404, LIST_NOT_FOUND)
    tagged = await caller.listed(title="tagged", tags={"topics": {"any": ["a", "b"]}})
    typed = await caller.listed(title="typed", tags=TOPICS, document_type="news")
    linked = await caller.listed(title="linked", links={"topics": [U]}, tags=TOPICS)
    linked_news = await caller.listed(
        title="linked news", links={"topics": [U]}, document_type="news"
    )
    page = await caller.listed(title="page", content_id=U.upper())
    both = await caller.listed(title="both", content_id=U, links={"topics": [U]})
    firehose = await caller.listed(title="all")
    news = await caller.listed(title="news", document_type="news")
    assert page["content_id"] == U
    found = {
        "tags[topics][any][]=b&tags[topics][any][]=a": tagged,
        "tags%5Btopics%5D%5Bany%5D%5B%5D=a&tags%5Btopics%5D%5Bany%5D%5B%5D=b": tagged,
        "tags[topics][]=b&tags[topics][]=a": tagged,
        "tags[topics][0]=b&tags[topics][1]=a": tagged,
        "tags[any][topics][]=b&tags[any][topics][]=a": tagged,
        "tags[topics][all]=c&tags[topics][any][]=a&tags[topics][any][]=b": linked,
        "tags[topics][all][]=c&tags[topics][any][]=a&tags[topics][any][]=b"
        "&document_type=news": typed,
        f"links[topics][]={U}": linked,
        f"links[topics][0]={U}": linked,
        f"links[topics]={U}": linked,
        f"links[topics]={U}&tags[topics]=zzz&unknown=1&format=xml": linked,
        f"links[topics]={U}&document_type=news": linked_news,
        f"links[topics]={U}&content_id={U}": both,
        f"content_id={U}": page,
        "": firehose,
        "content_id=": firehose,
        "document_type=news": news,
    }
    for query, one in found.items():
        answer = await caller.ask("GET", f"{LISTS}?{query}")
        assert (query, *said(answer)) == (query, 200, {"subscriber_list": one})
    missing = [
        "tags[topics][any][]=a",
        "tags[topics][]=a&tags[topics][]=b&tags[topics][]=b",
        "tags[topics][all][]=a&tags[topics][all][]=b",
        "tags[topics][]=a&tags[topics][]=b&tags[format][]=c",
        f"tags[topics][]=a&tags[topics][]=b&content_id={U}",
        f"links[topics]={U}&document_type=speech",
        f"content_id={U[:-1]}0",
        "content_id=x",
        f"links[topics]={U}&content_id=x",
        "document_type=other",
    ]
    for query in missing:
        answer = await caller.ask("GET", f"{LISTS}?{query}")
        assert (query, *said(answer)) == (query, 404, LIST_NOT_FOUND)
    assert said(await caller.ask("GET", f"{LISTS}?tags=1&tags[a]=1")) == (400, BAD_REQUEST)
    asked = {"tags": {"topics": {"any": ["a", "b"]}}}
    assert (await caller.ask("GET", LISTS, asked)).json == {"subscriber_list": tagged}


@pytest.mark.gen_test
async def test_one_list(site: Site) -> None:
    caller = await publisher(site)
    made = await caller.listed(title="Title 1", links={"a": []})
    other = await caller.listed(title=str(made["id"]), links={"b": []})
    assert other["slug"] == str(made["id"]), "a slug goes before an id"
    by_slug = await caller.ask("GET", f"{LISTS}/title-1")
    assert said(by_slug) == (200, {"subscriber_list": made})
    for name, shown in ((made["id"], other), (other["id"], other)):
        assert (await caller.ask("GET", f"{LISTS}/{name}")).json == {"subscriber_list": shown}
    for name in ("x", "string%20id", "0", "9" * 30, "%00"):
        assert said(await caller.ask("GET", f"{LISTS}/{name}")) == (404, LIST_NOT_FOUND)
        body = {"title": "t"}
        assert said(await caller.ask("PATCH", f"{LISTS}/{name}", body)) == (404, LIST_NOT_FOUND)
    nothing = {"error": "Must include at least one of: title, description"}
    none: list[dict[str, Any]] = [{}, {"slug": "y"}, {"title": ["t"], "description": {"a": 1}}]
    for name, body in (("x", {}), *(("title-1", one) for one in none)):
        assert said(await caller.ask("PATCH", f"{LISTS}/{name}", body)) == (422, nothing)
    blank = unprocessable(title=["can't be blank"])
    assert said(await caller.ask("PATCH", f"{LISTS}/title-1", {"title": None})) == blank
    changed = await caller.ask("PATCH", f"{LISTS}/title-1", b"description=d&x=1", FORM)
    assert changed.json["subscriber_list"]["description"] == "d"
    both = {"title": "New", "description": None}
    shown = (await caller.ask("PATCH", f"{LISTS}/title-1", both)).json["subscriber_list"]
    assert shown == {**made, "title": "New", "updated_at": shown["updated_at"]}


@pytest.mark.gen_test
async def test_many_at_once_make_one(site: Site) -> None:
    caller = await publisher(site)
    same = [caller.listed(title=f"t{n}", tags={"topics": ["a"]}) for n in range(12)]
    made = await asyncio.gather(*same)
    assert len({one["id"] for one in made}) == 1
    others = [caller.listed(title="one title", links={"a": [f"v{n}"]}) for n in range(12)]
    slugs = {one["slug"] for one in await asyncio.gather(*others)}
    assert len(slugs) == 12
    kept = await site.carillon.database.collection("alerts_lists").find({})
    assert len(kept) == 13


@pytest.mark.gen_test
async def test_forms_make_the_same_as_json(site: Site) -> None:
    caller = await publisher(site)
    form = b"title=T&tags[topics][any][]=a&tags[topics][any][]=b&links[x][0]=y&url=/u"
    answer = await caller.ask("POST", LISTS, form, FORM)
    shown = answer.json["subscriber_list"]
    assert (shown["tags"], shown["links"]) == (
        {"topics": {"any": ["a", "b"]}},
        {"x": {"any": ["y"]}},
    )
    multipart = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nU\r\n--x--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    by_query = f"{LISTS}?links[x][]=y"
    again = (await caller.ask("POST", by_query, multipart, kind)).json["subscriber_list"]
    assert (again["id"], again["title"]) == (shown["id"], "U")


@pytest.mark.gen_test
async def test_the_seeds_examples(site: Site) -> None:
    """As the document of the API has them, where they are JSON."""
    caller = await publisher(site)
    made = await caller.listed(title="My title", tags={"any": {"organisations": ["my-org"]}})
    assert made["gov_delivery_id"] == made["slug"] == "my-title"
    office = await caller.listed(title="Office", tags={"organisation": ["cabinet-office"]})
    found = await caller.ask("GET", f"{LISTS}?tags[organisation]=cabinet-office")
    assert said(found) == (200, {"subscriber_list": office})
    assert (await caller.ask("GET", f"{LISTS}/{made['id']}")).json["subscriber_list"] == made
    counts = {"subscriber_list_count": 0, "all_notify_count": 0}
    assert said(await caller.ask("GET", f"{LISTS}/metrics/path")) == (200, counts)
    texts = {
        "title": "A new Subscriber list title",
        "description": "A new subscriber list description",
    }
    changed = await caller.ask("PATCH", f"{LISTS}/{made['slug']}", texts)
    assert changed.json["subscriber_list"].items() >= texts.items()
    farewell = {
        "sender_message_id": "bfeee5a9-20c2-44ec-8162-f14dde721c21",
        "body": "Message body here",
    }
    path = f"{LISTS}/{made['slug']}/bulk-unsubscribe"
    queued = {"message": "List queued for bulk unsubscription"}
    assert said(await caller.ask("POST", path, farewell)) == (202, queued)
    whole = {"title": "Words", "😀": "\U0001f600", "description": "😀"}
    assert (await caller.listed(**whole, document_type="x"))["description"] == "😀"
