"""Frames from a client: what they do, and what is said to those that are wrong."""

from typing import Any

import pytest

from domain.errors import OutcomeUnknown
from tests.handlers.raw_sockets import BINARY, TEXT, RawSocket
from tests.sites import Person, Site, Socket, until

UNKNOWN = {
    "type": "error",
    "code": "unknown_type",
    "detail": "There is no such type of frame.",
    "temporary": False,
}
WHOLE = "A valid integer is required."
REF = "Must be a whole number or a text of at most 100 characters."


def invalid(**problems: Any) -> dict[str, Any]:
    return {
        "type": "error",
        "code": "invalid",
        "detail": "Invalid input.",
        "temporary": False,
        "problems": problems,
    }


async def answered(socket: Socket, **frame: Any) -> dict[str, Any]:
    """What is said to a frame: done or error."""
    await socket.send(**frame)
    while (said := await socket.any_frame())["type"] not in ("done", "error", "pong"):
        pass
    return said


async def inbox_of(site: Site, who: Person) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await site.request("GET", "/messages/", who)).json
    return items


@pytest.mark.gen_test
async def test_reading_unreading_and_deleting(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    admin = await site.admin()
    await site.send(alice, "a message", bob)
    body = {"content": "a notice", "audience": "everyone"}
    await site.request("POST", "/notices/send/", admin, body=body)
    (message,) = await inbox_of(site, bob)
    (notice,) = (await site.request("GET", "/notices/", bob)).json
    ids = [message["id"], notice["id"]]
    desk, phone = await site.socket(bob), await site.socket(bob)
    for kind, version, expected in [
        ("mark_read", 2, {"is_read": True}),
        ("mark_unread", 3, {"is_read": False}),
        ("delete", 4, {}),
    ]:
        assert await answered(desk, type=kind, ids=ids, ref=kind) == {"type": "done", "ref": kind}
        for socket in (desk, phone) if kind != "delete" else (phone,):
            changes = [await phone.change(), await phone.change()] if socket is phone else []
            for change in changes:
                assert change["version"] == version
                assert expected.items() <= change["item"].items()
                assert change.get("deleted", False) is (kind == "delete")
    assert await inbox_of(site, bob) == []
    await desk.close()
    await phone.close()


@pytest.mark.gen_test
async def test_what_is_wrong_is_said_and_has_no_effect(site: Site) -> None:
    alice, bob = await site.people("alice", "bob")
    await site.send(alice, "one", bob)
    before = await inbox_of(site, bob)
    await site.send(bob, "not his", alice)
    (foreign,) = await inbox_of(site, alice)
    socket = await site.socket(bob)
    required = ["This field is required."]
    none = invalid(ids=["No valid messages."])
    wrong = {"0": [WHOLE], "1": [WHOLE], "2": [WHOLE]}
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, UNKNOWN),
        ({"type": None}, UNKNOWN),
        ({"type": ["ping"]}, UNKNOWN),
        ({"type": "__class__"}, UNKNOWN),
        ({"type": "change", "ref": 5}, {**UNKNOWN, "ref": 5}),
        ({"type": "mark_read"}, invalid(ids=required)),
        ({"type": "mark_read", "ids": 5}, invalid(ids=[
            'Expected a list of items but got type "int".'])),
        ({"type": "mark_read", "ids": []}, invalid(ids=["This list may not be empty."])),
        ({"type": "mark_read", "ids": ["x", {}, 10**30]}, invalid(ids=wrong)),
        ({"type": "mark_read", "ids": [0, -1, 10**17, 2**63]}, none),
        ({"type": "delete", "ids": [foreign["id"]], "ref": "r"}, {**none, "ref": "r"}),
        ({"type": "ping", "ref": ["r"]}, invalid(ref=[REF])),
        ({"type": "ping", "ref": "r" * 101}, invalid(ref=[REF])),
        ({"type": "ping", "ref": True}, invalid(ref=[REF])),
        ({"type": "auth"}, invalid(token=["Must be a text."])),
    ]  # fmt: skip
    for frame, said in cases:
        assert await answered(socket, **frame) == said, frame
    assert await inbox_of(site, bob) == before
    await socket.close()


@pytest.mark.gen_test
async def test_ping_and_its_ref(site: Site) -> None:
    (bob,) = await site.people("bob")
    socket = await site.socket(bob)
    (connection,) = site.app.live.hub
    connection.unanswered = 2
    assert await answered(socket, type="ping") == {"type": "pong"}
    assert connection.unanswered == 0, "whoever says something is there"
    assert await answered(socket, type="ping", ref="é" * 100) == {"type": "pong"}
    assert await socket.frame("done") == {"type": "done", "ref": "é" * 100}
    assert await answered(socket, type="ping", ref=0) == {"type": "pong"}
    assert await socket.frame("done") == {"type": "done", "ref": 0}
    await socket.close()


@pytest.mark.gen_test
async def test_an_unknown_outcome_is_temporary(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (bob,) = await site.people("bob")
    socket = await site.socket(bob)

    async def lost(*_: Any) -> None:
        raise OutcomeUnknown

    monkeypatch.setattr(site.app.inbox, "mark", lost)
    said = await answered(socket, type="mark_read", ids=[1], ref=1)
    assert (said["code"], said["temporary"], said["ref"]) == ("outcome_unknown", True, 1)
    await socket.close()


@pytest.mark.gen_test
@pytest.mark.expects_log("a frame failed")
async def test_the_unforeseen_is_logged_and_the_connection_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bob,) = await site.people("bob")
    socket = await site.socket(bob)

    async def broken(*_: Any) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(site.app.inbox, "mark", broken)
    assert await answered(socket, type="mark_read", ids=[1], ref=1) == {
        "type": "error",
        "code": "internal",
        "detail": "Internal error.",
        "temporary": True,
        "ref": 1,
    }
    assert await answered(socket, type="ping") == {"type": "pong"}
    await socket.close()


class TestPermissions:
    @pytest.fixture
    def environ(self) -> dict[str, str]:
        return {
            "CARILLON_INBOX_MESSAGES_PERMISSIONS_DELETE": "admin",
            "CARILLON_INBOX_NOTICES_PERMISSIONS_DELETE": "admin",
            "CARILLON_INBOX_NOTICES_PERMISSIONS_MARK_READ": "admin",
        }

    @pytest.mark.gen_test
    async def test_what_rest_forbids_is_forbidden_here(self, site: Site) -> None:
        alice, bob = await site.people("alice", "bob")
        admin = await site.admin()
        await site.send(alice, "one", bob)
        body = {"content": "a notice", "audience": "everyone"}
        await site.request("POST", "/notices/send/", admin, body=body)
        (message,) = await inbox_of(site, bob)
        (notice,) = (await site.request("GET", "/notices/", bob)).json
        socket = await site.socket(bob)
        said = await answered(socket, type="delete", ids=[message["id"]])
        assert (said["code"], said["temporary"]) == ("permission_denied", False)
        ids = [message["id"], notice["id"]]
        assert (await answered(socket, type="mark_read", ids=ids, ref=1))["type"] == "done"
        assert (await inbox_of(site, bob))[0]["is_read"] is True
        (notice,) = (await site.request("GET", "/notices/", bob)).json
        assert notice["is_read"] is False
        await socket.close()


class TestAuth:
    @pytest.mark.gen_test
    async def test_a_fresh_token_takes_the_place_of_the_first(self, site: Site) -> None:
        (bob,) = await site.people("bob")
        credentials = site.app.accounts.credentials
        socket, other = await site.socket(bob), await site.socket(bob)
        fresh = await credentials.make_token(bob.id)
        assert (await answered(socket, type="auth", token=fresh, ref=1))["type"] == "done"
        await credentials.revoke_token(bob.token)
        assert await other.close_code() == 3500
        assert await answered(socket, type="ping") == {"type": "pong"}
        await credentials.revoke_token(fresh)
        assert await socket.close_code() == 3500

    @pytest.mark.gen_test
    async def test_a_token_of_another_or_of_nobody_changes_nothing(self, site: Site) -> None:
        alice, bob = await site.people("alice", "bob")
        socket = await site.socket(bob)
        for token, detail in [
            (alice.token, "This token is another user's."),
            ("x", "Invalid token."),
        ]:
            said = await answered(socket, type="auth", token=token)
            assert (said["code"], said["detail"]) == ("not_authenticated", detail)
        await site.app.accounts.credentials.revoke_token(alice.token)
        assert await answered(socket, type="ping") == {"type": "pong"}
        await site.app.accounts.credentials.revoke_token(bob.token)
        assert await socket.close_code() == 3500

    @pytest.mark.gen_test
    async def test_a_token_that_is_revoked_while_it_is_taken_ends_the_connection(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (bob,) = await site.people("bob")
        credentials, identities = site.app.accounts.credentials, site.app.identities
        socket, fresh = await site.socket(bob), await credentials.make_token(bob.id)
        known = identities.by_token

        async def then_revoked(text: str) -> Any:
            identity = await known(text)
            await credentials.revoke_token(fresh)
            return identity

        monkeypatch.setattr(identities, "by_token", then_revoked)
        await socket.send(type="auth", token=fresh, ref=1)
        assert await socket.close_code() == 3500


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"nonsense", b"[1]", b'"text"', b"null", b"5", b'{"a":NaN}', b'{"a":"\\ud800"}',
     b"[" * 20_000, b'{"type":"ping"} ,'],
)  # fmt: skip
async def test_what_is_not_a_json_object_ends_the_connection(site: Site, text: bytes) -> None:
    (bob,) = await site.people("bob")
    socket = await RawSocket.connect(site, bob)
    socket.send(TEXT, text)
    assert (await socket.closing()).code == 3501
    await until(lambda: len(site.app.live.hub) == 0)


@pytest.mark.gen_test
async def test_a_binary_frame_ends_the_connection(site: Site) -> None:
    (bob,) = await site.people("bob")
    socket = await RawSocket.connect(site, bob)
    socket.send(BINARY, b'{"type":"ping"}')
    assert (await socket.closing()).code == 1003
