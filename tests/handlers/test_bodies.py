"""Bodies from the wire: what is read, what is refused, and that nothing else escapes."""

import json
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import Invalid, Malformed, UnsupportedMediaType
from handlers.bodies import MAX_FIELDS, FormData, read_body, shape
from models.schemas import list_keys, load, send_schema

JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=B"
SEND = send_schema()


def part(name: str, value: str, extra: str = "") -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"{extra}'
    return f"--B\r\n{disposition}\r\n\r\n{value}\r\n".encode()


def sent(content_type: str | None, body: bytes) -> dict[str, object]:
    """A message to send, all the way from the wire."""
    return load(SEND, shape(read_body(content_type, body), lists=list_keys(SEND)))


def refusal(content_type: str | None, body: bytes) -> str:
    with pytest.raises((Malformed, UnsupportedMediaType)) as caught:
        read_body(content_type, body)
    return caught.value.detail


@pytest.mark.parametrize(
    "content_type", [None, "", JSON, URLENCODED, MULTIPART, "multipart/form-data", "text/plain"]
)
def test_an_empty_body_of_any_type_is_an_empty_object(content_type: str | None) -> None:
    assert read_body(content_type, b"") == {}


@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        " application/json ",
    ],
)
def test_json_is_read_whatever_its_parameters(content_type: str) -> None:
    assert read_body(content_type, '{"content": "Ü 😀"}'.encode()) == {"content": "Ü 😀"}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"null", None),
        (b"[1, 2]", [1, 2]),
        (b'"hello"', "hello"),
        (b"5", 5),
        (b' {"a": 1.50} ', {"a": 1.5}),
        (b'"\\ud800"', "\ud800"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"18446744073709551616", 2**64),
    ],
)
def test_any_json_value_is_a_body(body: bytes, value: object) -> None:
    assert read_body(JSON, body) == value


@pytest.mark.parametrize(
    "body",
    [
        b'{"content": "x", ',
        b"{'content': 'x'}",
        bytes.fromhex("7b22636f6e74656e74223a22ff227d"),
        b'{"content": NaN, "recipient_ids":[2]}',
        b"Infinity",
        b"[-Infinity]",
        b" ",
        b"hello",
        b"{} {}",
        b'"\t"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        '{"content": "x"}'.encode("utf-16"),
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"9" * 5_000,
        b"-" + b"9" * 5_000,
        b"\0",
    ],
    ids=range(18),
)
def test_what_is_no_json_is_told_as_recorded(body: bytes) -> None:
    assert refusal(JSON, body).startswith("JSON parse error - ")


@pytest.mark.parametrize(
    ("content_type", "detail"),
    [
        ("text/plain", 'Unsupported media type "text/plain" in request.'),
        ("application/xml", 'Unsupported media type "application/xml" in request.'),
        ("text/plain; charset=x", 'Unsupported media type "text/plain; charset=x" in request.'),
        ("application/jsonp", 'Unsupported media type "application/jsonp" in request.'),
        ("application/*", 'Unsupported media type "application/*" in request.'),
        ("json", 'Unsupported media type "json" in request.'),
        (";", 'Unsupported media type ";" in request.'),
        ("", 'Unsupported media type "" in request.'),
        (None, 'Unsupported media type "" in request.'),
    ],
)
def test_other_types_are_not_read(content_type: str | None, detail: str) -> None:
    assert refusal(content_type, b"<a/>") == detail


@pytest.mark.parametrize(
    ("content_type", "body", "recipients", "content"),
    [
        (URLENCODED, b"content=m13+form&recipient_ids=1&recipient_ids=4", [1, 4], "m13 form"),
        (URLENCODED, b"recipient_ids[1]=4&content=x&recipient_ids[0]=1", [1, 4], "x"),
        (URLENCODED, b"recipient_ids%5B10%5D=4&recipient_ids%5B9%5D=1&content=x", [1, 4], "x"),
        (URLENCODED, b"recipient_ids=3&recipient_ids[0]=1&content=x", [3], "x"),
        (URLENCODED, b"recipient_ids=+3+&content=first&content=last", [3], "last"),
        (URLENCODED + "; charset=utf-8", b"content=%C3%9C&recipient_ids=1", [1], "Ü"),
        (URLENCODED.upper(), "content=Ü&recipient_ids=1".encode(), [1], "Ü"),
        (URLENCODED, b"content=a%FFb&recipient_ids=1", [1], "a\ufffdb"),
        (URLENCODED, b"content=a\xffb&recipient_ids=1", [1], "a\ufffdb"),
        (URLENCODED, b"content=a%26b%3Dc=d&&recipient_ids=1&x", [1], "a&b=c=d"),
        (URLENCODED, b"content=100%&recipient_ids=1", [1], "100%"),
        (
            MULTIPART,
            part("content", "m14 multipart") + part("recipient_ids", "1") + b"--B--\r\n",
            [1],
            "m14 multipart",
        ),
        (
            'Multipart/Form-Data; charset=utf-8; Boundary="B"',
            part("recipient_ids", "1")
            + part("recipient_ids", "4")
            + part("content", "Ü\r\n\r\n--C\r\n")
            + b"--B--",
            [1, 4],
            "Ü\r\n\r\n--C",
        ),
        (
            MULTIPART,
            part("content", "x")
            + part("content", "a file", '; filename="f.txt"')
            + part("recipient_ids[0]", "1")
            + b"--B--\r\nepilogue",
            [1],
            "x",
        ),
        (
            MULTIPART,
            part("recipient_ids", "1") + part("content", "?").replace(b"?", b"a\xff") + b"--B--",
            [1],
            "a\ufffd",
        ),
    ],
    ids=range(15),
)
def test_a_form_sends_a_message(
    content_type: str, body: bytes, recipients: list[int], content: str
) -> None:
    assert sent(content_type, body) == {"recipient_ids": recipients, "content": content}


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (b"content=x", {"recipient_ids": ["This field is required."]}),
        (b"content=x&recipient_ids[]=1", {"recipient_ids": ["This field is required."]}),
        (b"content=x&recipient_ids[x]=1", {"recipient_ids": ["This field is required."]}),
        (b"recipient_ids=1&content=+", {"content": ["This field may not be blank."]}),
        (
            b"recipient_ids=1&recipient_ids=&recipient_ids=x",
            {
                "recipient_ids": {
                    "1": ["A valid integer is required."],
                    "2": ["A valid integer is required."],
                },
                "content": ["This field is required."],
            },
        ),
    ],
)
def test_a_form_is_judged_as_json_is(body: bytes, problems: object) -> None:
    with pytest.raises(Invalid) as caught:
        sent(URLENCODED, body)
    assert caught.value.problems == problems


@pytest.mark.parametrize("data", [None, 5, "x", [1], {"recipient_ids": 1}])
def test_only_a_form_is_shaped(data: object) -> None:
    assert shape(data, lists={"recipient_ids"}) is data


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--B--"),
        ("multipart/form-data; boundary=", b"--B--"),
        ("multipart/form-data; boundary=a b", b"--a b--"),
        ("multipart/form-data; boundary=Ü", "--Ü--".encode()),
        (f"multipart/form-data; boundary={'x' * 71}", b"--" + b"x" * 71 + b"--"),
        (MULTIPART, b"hello"),
        (MULTIPART, b"--B\r\n\r\n--B--"),
        (MULTIPART, b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--"),
        (MULTIPART, b"--B\r\nContent-Disposition: attachment; name=x\r\n\r\nx\r\n--B--"),
        (MULTIPART, b"--B\r\n\xff: x\r\n\r\nx\r\n--B--"),
        (MULTIPART, b"--B\r\nno colon\r\n\r\nx\r\n--B--"),
        (MULTIPART, part("x" * 5_000, "x") + b"--B--"),
        (MULTIPART, part("x", "x") * (MAX_FIELDS + 1) + b"--B--"),
    ],
    ids=range(13),
)
def test_a_broken_multipart_form_is_told(content_type: str, body: bytes) -> None:
    assert refusal(content_type, body).startswith("Multipart form parse error - ")


def test_as_many_fields_as_allowed_are_read() -> None:
    ids = list(map(str, range(MAX_FIELDS)))
    multipart = read_body(MULTIPART, b"".join(part("id", one) for one in ids) + b"--B--")
    assert multipart == FormData({"id": ids})
    assert read_body(URLENCODED, urlencode([("id", one) for one in ids]).encode()) == multipart
    assert refusal(URLENCODED, b"id=1&" * MAX_FIELDS).startswith("Form parse error - ")


@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii"), min_size=1),
        st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=3),
        max_size=4,
    )
)
def test_a_form_comes_back_as_it_was_written(fields: dict[str, list[str]]) -> None:
    body = urlencode(fields, doseq=True).encode()
    assert read_body(URLENCODED, body) == (FormData(fields) if fields else {})


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_json_comes_back_as_it_was_written(value: object) -> None:
    assert read_body(JSON, json.dumps(value).encode()) == value


types = st.none() | st.text() | st.sampled_from([JSON, URLENCODED, MULTIPART])
bodies = st.binary() | st.lists(
    st.sampled_from(
        [b"--B\r\n", b"--B--", b"\r\n", b"\r\n\r\n", b"Content-Disposition: form-data", b";"]
        + [b' name="content"', b" name*=utf-8''%ff", b' filename="', b"content=", b"&", b"%"]
        + [b'{"content":', b"[", b"]", b"}", b"1", b'"', b"\\ud800", b"\xff", b"recipient_ids"]
    )
).map(b"".join)


@given(types, bodies)
@example("multipart/form-data; boundary=" + "'" * 70, b"--B--")
@example(MULTIPART, b"--B\r\nContent-Disposition: form-data; name*=a'b\r\n\r\nx\r\n--B--")
@example(MULTIPART, b"--B\r\nContent-Disposition: form-data; name*=0''x\r\n\r\nx\r\n--B--")
@example(MULTIPART, b"--B\r\nContent-Disposition: form-data; name*999999=x\r\n\r\nx\r\n--B--")
def test_no_body_is_more_than_unreadable(content_type: str | None, body: bytes) -> None:
    with suppress(Malformed, UnsupportedMediaType, Invalid):
        sent(content_type, body)
