"""The close codes of ``carillon.v1`` (docs/protocol.md): below 3500 come back, above do not."""

from typing import Final

SILENT: Final = 1001
PROTOCOL_ERROR, NOT_TEXT, NOT_UTF8, TOO_LARGE, FAILED = 1002, 1003, 1007, 1009, 1011
LEAVING, RESYNC, UNAVAILABLE, TOO_MANY = 3001, 3010, 3011, 3012
SIGNED_OUT, BAD_REQUEST, TOO_FAST, DISMISSED = 3500, 3501, 3502, 3503
