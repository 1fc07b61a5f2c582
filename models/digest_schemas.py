"""The body of `POST /alerts/digests/`, as a marshmallow schema."""

from typing import Final

from domain.digest_windows import DAILY, WEEKLY
from models.fields import InstantField
from models.schemas import Body
from models.seed_fields import SeedChoice


class _Digest(Body):
    range = SeedChoice((DAILY, WEEKLY), required=True)
    starts_at = InstantField(required=True)
    ends_at = InstantField(required=True)


DIGEST: Final = _Digest()
