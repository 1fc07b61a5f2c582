"""The frames of the protocol, to the letter (docs/protocol.md)."""

import orjson
import pytest

from push import frames

ITEM = {"id": 7, "is_read": False, "content": "Hé", "sent_on": "2026-01-01T00:00:00Z"}

CASES = [
    (
        frames.hello(cursor="C", epoch="e", unread={"messages": 1, "notices": 0}, ping_s=25.0),
        '{"type":"hello","cursor":"C","epoch":"e","unread":{"messages":1,"notices":0},"ping":25.0}',
    ),
    (
        frames.change("message", version=2, revision=9, item=ITEM),
        '{"type":"change","kind":"message","version":2,"revision":9,"item":{"is_read":false,'
        '"content":"Hé","sent_on":"2026-01-01T00:00:00Z","id":7}}',
    ),
    (
        frames.change(
            "notice", version=1, revision=9, item={"id": 7, "content": "x", "origin": {"area": "a"}}
        ),
        '{"type":"change","kind":"notice","version":1,"revision":9,"origin":{"area":"a"},'
        '"item":{"content":"x","id":7}}',
    ),
    (
        frames.change("sent", version=3, revision=9, item={"id": 7}),
        '{"type":"change","kind":"sent","version":3,"revision":9,"deleted":true,"item":{"id":7}}',
    ),
    (
        frames.unread({"messages": 1, "notices": 0, "announcements": 0}, 5),
        '{"type":"unread","at":5,"messages":1,"notices":0,"announcements":0}',
    ),
    (frames.ping("C"), '{"type":"ping","cursor":"C"}'),
    (frames.done("r"), '{"type":"done","ref":"r"}'),
    (frames.done(0), '{"type":"done","ref":0}'),
    (
        frames.error("not_found", "Not found.", temporary=False),
        '{"type":"error","code":"not_found","detail":"Not found.","temporary":false}',
    ),
    (
        frames.error("invalid", "No.", temporary=False, ref=0, problems={"ids": ["Wrong."]}),
        '{"type":"error","code":"invalid","detail":"No.","temporary":false,'
        '"problems":{"ids":["Wrong."]},"ref":0}',
    ),
    (frames.RESET, '{"type":"reset"}'),
    (frames.PONG, '{"type":"pong"}'),
    (frames.bye(300), '{"type":"bye","retry_ms":300}'),
]


@pytest.mark.parametrize(("frame", "text"), CASES)
def test_every_frame_is_as_written(frame: bytes, text: str) -> None:
    assert frame.decode() == text
    assert orjson.dumps(orjson.loads(frame)) == frame


def test_the_id_stands_last_so_that_each_copys_is_put_in() -> None:
    whole = frames.change("message", version=1, revision=9, item=ITEM)
    head = whole.removesuffix(b"7}}")
    assert frames.splice(head, 7) == whole
    assert orjson.loads(frames.splice(head, 2**53))["item"] == {**ITEM, "id": 2**53}
