"""What a caller can do wrong, as classes; a dialect turns them into HTTP (house, decision 3).

ProductError
├── Invalid                400  the input; ``problems`` is what the dialect shows
├── NotAuthenticated       401  (the inbox says 403)
├── Forbidden              403
├── NotFound               404
├── MethodNotAllowed       405
├── NotAcceptable          406
├── Conflict               409
├── TooLarge               413
├── UnsupportedMediaType   415
├── KeyReused              422
├── TooMany                429
└── Unavailable            503  nothing happened, try again
    └── OutcomeUnknown     503  it may have happened: repeat with the same Idempotency-Key
"""

from collections.abc import Mapping, Sequence

Problems = Mapping[str, object] | Sequence[str]


class ProductError(Exception):
    """Something the caller can understand and act on.

    ``detail`` is for people, ``code`` for programs, ``headers`` go out with the answer.
    """

    status = 400
    code = "error"
    detail = "The request could not be handled."

    def __init__(self, detail: str | None = None, *, headers: Mapping[str, str] | None = None):
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail
        self.headers: Mapping[str, str] = headers or {}


class Invalid(ProductError):
    """The input breaks rules; ``problems`` is ``{field: [texts]}`` or a bare list of texts."""

    code = "invalid"
    detail = "Invalid input."

    def __init__(self, problems: Problems):
        super().__init__()
        self.problems = problems


class Malformed(ProductError):
    """The body cannot be read at all; ``detail`` says where."""

    code = "parse_error"


class NotAuthenticated(ProductError):
    """Nobody, or somebody unknown, is calling."""

    status = 401
    code = "not_authenticated"
    detail = "Authentication credentials were not provided."


class Forbidden(ProductError):
    """Somebody known is calling, who may not do this."""

    status = 403
    code = "permission_denied"
    detail = "You do not have permission to perform this action."


class NotFound(ProductError):
    """No such thing, or none that this caller may see."""

    status = 404
    code = "not_found"
    detail = "Not found."


class MethodNotAllowed(ProductError):
    """The path exists, the verb does not."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, method: str):
        super().__init__(f'Method "{method}" not allowed.')


class NotAcceptable(ProductError):
    """No representation fits the Accept header."""

    status = 406
    code = "not_acceptable"
    detail = "Could not satisfy the request Accept header."


class Conflict(ProductError):
    """True of the request, but not of the present state."""

    status = 409
    code = "conflict"


class TooLarge(ProductError):
    """The body, or what it asks for, is over a limit."""

    status = 413
    code = "too_large"
    detail = "The request is too large."


class UnsupportedMediaType(ProductError):
    """The body is in a format that is not read here."""

    status = 415
    code = "unsupported_media_type"

    def __init__(self, media_type: str):
        super().__init__(f'Unsupported media type "{media_type}" in request.')


class KeyReused(ProductError):
    """An Idempotency-Key came again with another body (surface, "Devices, idempotency, expiry")."""

    status = 422
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used with another request."


class TooMany(ProductError):
    """A limit on how much one caller may have or do is reached."""

    status = 429
    code = "too_many"


class Unavailable(ProductError):
    """A store is away; nothing happened and the same call may succeed soon."""

    status = 503
    code = "unavailable"
    detail = "The service is temporarily unavailable. Nothing was changed."

    def __init__(self, detail: str | None = None, *, retry_after_s: int = 1):
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


class OutcomeUnknown(Unavailable):
    """The commit was sent and its answer lost (live, "A change", step 1)."""

    code = "outcome_unknown"
    detail = (
        "The outcome is unknown. Repeat the request with the same Idempotency-Key; "
        "it takes effect at most once."
    )
