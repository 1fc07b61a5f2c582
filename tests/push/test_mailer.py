"""E-mails over SMTP: what they look like, which connections they take, what refusals mean."""

import asyncio
from dataclasses import replace

import pytest

from domain.mails import PENDING, TRANSACTIONAL, Mail, MailUnsent
from push import mail_parts
from push.mailer import MOST_CONNECTIONS, MOST_MAILS, Mailer
from tests.relays import Relay

URL = "https://ring.example.org/email/unsubscribe/one-click/" + "a" * 400
MAIL = Mail(
    id="2f0c7a8e-0000-5000-8000-000000000001",
    address="ann@example.org",
    subject="Größe\r\nBcc: eve@example.org",
    text="# Title\n\n[A page](https://ring.example.org/a?b=c&d=e)\n\n<script>x()</script>\n\n* one",
    queue=TRANSACTIONAL,
    status=PENDING,
    created_at=1_800_000_000_000_000,
    one_click=URL,
)
SENDER = "Carillon <ring@example.org>"


class _Now:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def _mailer(relay: Relay, now: _Now | None = None) -> Mailer:
    return Mailer(relay.url, SENDER, now=now or _Now())


@pytest.mark.gen_test
async def test_both_parts_and_one_click_arrive_as_they_were_meant() -> None:
    async with Relay() as relay:
        mailer = _mailer(relay)
        await mailer.send(MAIL)
        await mailer.send(MAIL)
        await mailer.close()
    message, again = relay.to("ann@example.org")
    assert message["Message-ID"] == again["Message-ID"] == f"<{MAIL.id}@example.org>"
    assert message["From"] == SENDER
    assert message["Subject"] == "Größe Bcc: eve@example.org"
    assert message["Bcc"] is None
    assert message["Date"].datetime.timestamp() == 1_800_000_000
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"List-Unsubscribe: <{URL}>\r\n".encode() in relay.raw[0]
    bodies = (message.get_body((kind,)) for kind in ("plain", "html"))
    plain, html = (body.get_content().replace("\r\n", "\n") for body in bodies if body)
    assert plain == (
        "Title\n\nA page: https://ring.example.org/a?b=c&d=e\n\n<script>x()</script>\n\n* one\n"
    )
    assert '<a href="https://ring.example.org/a?b=c&amp;d=e"' in html
    assert "<script" not in html
    assert relay.connections == 1


def test_without_one_click_nothing_is_said_of_it() -> None:
    data = mail_parts.message(replace(MAIL, one_click=None), SENDER).as_bytes()
    assert b"List-Unsubscribe" not in data


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("**bold** and _other_ [link](https://x.example/)", "bold and other link"),
        ("# A\n\n* one\n* two", "A\n\none\n\ntwo"),
        ("plain, as it is", "plain, as it is"),
        ("`code`\n\n```\nmore\n```", "code\n\nmore"),
    ],
)
def test_stripped(text: str, stripped: str) -> None:
    assert mail_parts.stripped(text) == stripped


@pytest.mark.gen_test
async def test_connections_are_few_and_used_again() -> None:
    now = _Now()
    async with Relay() as relay:
        mailer = _mailer(relay, now)
        await asyncio.gather(*(mailer.send(MAIL) for _ in range(3 * MOST_CONNECTIONS)))
        assert relay.connections == MOST_CONNECTIONS
        now.s += 3_600
        await mailer.send(MAIL)
        assert relay.connections == MOST_CONNECTIONS + 1, "what was idle for long is not used"
        for _ in range(MOST_MAILS):
            await mailer.send(MAIL)
        assert relay.connections == MOST_CONNECTIONS + 2, "nor what was used that often"
        await mailer.close()


@pytest.mark.gen_test
async def test_a_refusal_is_final_with_5xx_alone() -> None:
    refusals = {"ann@example.org": ["450 later", "550 5.1.1 no such user", "421 busy"]}
    async with Relay(refusals) as relay:
        mailer = _mailer(relay)
        seen = []
        for _ in range(3):
            with pytest.raises(MailUnsent) as caught:
                await mailer.send(MAIL)
            seen.append((str(caught.value), caught.value.is_final))
        await mailer.send(MAIL)
        await mailer.close()
    expected = [("450 later", False), ("550 5.1.1 no such user", True), ("421 busy", False)]
    assert seen == expected
    assert len(relay.to("ann@example.org")) == 1


@pytest.mark.gen_test
async def test_without_a_relay_there_is_another_attempt() -> None:
    async with Relay() as relay:
        mailer = _mailer(relay)
        await mailer.send(MAIL)
        port = relay.port
    assert port
    for _ in range(2):  # the connection that was kept, then a new one
        with pytest.raises(MailUnsent) as caught:
            await mailer.send(MAIL)
        assert not caught.value.is_final
    await mailer.close()


ODD = [
    "ann\n@example.org",
    "().=\\\\](@)ab<>.x",
    "(?.):.ü[@[\\\\;:.x",
    '?.()?:@;"<b].x',
    "ä@example.org",
]


@pytest.mark.parametrize("address", ODD)
@pytest.mark.gen_test
async def test_an_address_that_smtp_cannot_say_is_final(address: str) -> None:
    async with Relay(says_utf8=False) as relay:
        mailer = _mailer(relay)
        with pytest.raises(MailUnsent) as caught:
            await mailer.send(replace(MAIL, address=address))
        assert caught.value.is_final
        await mailer.close()
