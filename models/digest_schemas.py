"""The body of `POST /alerts/digests/`, as a marshmallow schema."""

from typing import Final

from domain.coercion import Refused
from domain.digest_windows import DAILY, WEEKLY
from models.account_schemas import Body
from models.fields import InstantField, Ruled
from models.seed_fields import NOT_A_CHOICE


class _Range(Ruled[str]):
    """How often a digest of this kind is made."""

    described = {"type": "string", "enum": [DAILY, WEEKLY]}

    def coerce(self, value: object) -> str:
        """One of the two words; raises Refused."""
        if value not in (DAILY, WEEKLY):
            raise Refused(NOT_A_CHOICE.format(value))
        return str(value)


class _Digest(Body):
    range = _Range(required=True)
    starts_at = InstantField(required=True)
    ends_at = InstantField(required=True)


DIGEST: Final = _Digest()
