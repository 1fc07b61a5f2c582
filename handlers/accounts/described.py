"""What the routes of accounts take and answer, for the description of the API."""

from typing import Final

from handlers.accounts import (
    account,
    groups,
    letters,
    preferences,
    session,
    sessions,
    tokens,
    user_token,
    users,
)
from handlers.description.words import (
    A_TEXT,
    AN_INTEGER,
    FLAG,
    FORM,
    HTML,
    INSTANT,
    JSON,
    NUMBER,
    TEXT,
    TEXT_BY_NAME,
    TEXT_OR_NULL,
    TEXTS,
    WINDOW,
    Described,
    Fixed,
    Query,
    Verb,
    listed,
    nested,
    paged,
    shape,
)
from models import administration_schemas as schemas
from models.account_schemas import EDIT, NEW_EMAIL, RESET, SIGN_IN, TOKEN_OF
from models.preference_schemas import PREFERENCES

MEMBER: Final = shape("Member", {"id": NUMBER, "username": TEXT})
GROUP_NAME: Final = shape("GroupName", {"id": NUMBER, "name": TEXT})
ACCOUNT: Final = shape(
    "Account",
    {
        "id": NUMBER,
        "username": TEXT,
        "email": TEXT_OR_NULL,
        "email_verified": FLAG,
        "language": TEXT_OR_NULL,
        "time_zone": TEXT_OR_NULL,
        "is_admin": FLAG,
        "groups": listed(GROUP_NAME),
    },
)
SIGNED_IN: Final = shape(
    "SignedIn",
    {
        "id": NUMBER,
        "username": TEXT,
        "email": TEXT_OR_NULL,
        "is_admin": FLAG,
        "language": TEXT_OR_NULL,
        "time_zone": TEXT_OR_NULL,
    },
)
SESSION: Final = shape("BrowserSession", {"user": nested(SIGNED_IN), "csrf_token": TEXT_OR_NULL})
USER: Final = shape(
    "User",
    {
        "id": NUMBER,
        "username": TEXT,
        "email": TEXT_OR_NULL,
        "email_verified": FLAG,
        "is_active": FLAG,
        "is_admin": FLAG,
        "has_password": FLAG,
        "rights": TEXTS,
        "groups": listed(GROUP_NAME),
        "identities": TEXTS,
        "language": TEXT_OR_NULL,
        "time_zone": TEXT_OR_NULL,
        "created_at": INSTANT,
    },
)
GROUP: Final = shape(
    "Group",
    {
        "id": NUMBER,
        "name": TEXT,
        "displayname": TEXT_BY_NAME,
        "rights": TEXTS,
        "is_system": FLAG,
        "created_at": INSTANT,
    },
)
_TOKEN: Final = {
    "id": TEXT,
    "user": nested(MEMBER, null=True),
    "name": TEXT_OR_NULL,
    "created_at": INSTANT,
}
TOKEN: Final = shape("Token", _TOKEN)
NEW_TOKEN: Final = shape("NewToken", {**_TOKEN, "token": TEXT})
SOCKET: Final = shape(
    "OpenConnection",
    {
        "id": TEXT,
        "transport": TEXT,
        "address": TEXT,
        "device": TEXT_OR_NULL,
        "since": INSTANT,
        "state": TEXT,
    },
)
KEPT_SESSION: Final = shape(
    "Session",
    {
        "id": TEXT,
        "user": nested(MEMBER, null=True),
        "created_at": INSTANT,
        "until": INSTANT,
        "sockets": listed(SOCKET),
    },
)
PASSWORD: Final = shape("NewPassword", {"id": NUMBER, "password": TEXT_OR_NULL})
IMPORTED: Final = shape("Imported", {"users": NUMBER, "tokens": TEXT_BY_NAME})
MADE_TOKEN: Final = shape("MadeToken", {"token": TEXT})
QUIET_HOURS: Final = shape("QuietHours", {"from": TEXT, "until": TEXT, "days": TEXTS})
_FLAGS: Final = {"type": "object", "additionalProperties": {"type": "boolean"}}
OWN_PREFERENCES: Final = shape(
    "Preferences",
    {
        "language": TEXT_OR_NULL,
        "time_zone": TEXT_OR_NULL,
        "quiet_hours": nested(QUIET_HOURS, null=True),
        "channels": Fixed(type="object", additionalProperties=_FLAGS),
    },
)
ASKED: Final = shape("AskedToConfirm", {"email": TEXT})
ACCEPTED: Final = shape("ResetAccepted", {})
WORDS: Final = Query("q", "What the name or the address holds.", A_TEXT)
OWNER: Final = Query("user", "Of this user.", AN_INTEGER)
OF_ONE: Final = (OWNER, WORDS, *WINDOW)
# The file of `users import`: a list of users, or both.
IMPORT: Final = {
    "oneOf": [
        {"type": "array", "items": {"type": "object"}},
        {"type": "object", "properties": {"groups": {"type": "array"}, "users": {"type": "array"}}},
    ]
}


def _page(purpose: str, *fields: str) -> dict[str, Verb]:
    """A page with a form, for people."""
    form = {
        "type": "object",
        "properties": {one: {"type": "string"} for one in fields},
        "required": list(fields),
    }
    states = {200: HTML, 400: HTML, 409: HTML, 413: HTML, 415: HTML, 422: HTML, 503: HTML}
    return {
        "GET": Verb(purpose, states, query=(Query("token", "Of the link.", A_TEXT),)),
        "POST": Verb(f"{purpose} (its form)", states, form, takes=(FORM,)),
    }


DESCRIBED: Final[Described] = {
    session.SessionHandler: {
        "GET": Verb("Who is signed in.", {200: SESSION}),
        "POST": Verb("Sign in with a password.", {200: SESSION}, SIGN_IN, errors=(401, 403)),
        "DELETE": Verb("Sign out.", {204: None}),
    },
    account.AccountHandler: {
        "GET": Verb("One's own account.", {200: ACCOUNT}),
        "PATCH": Verb("Change one's own account.", {200: ACCOUNT}, EDIT, errors=(409,)),
    },
    preferences.PreferencesHandler: {
        "GET": Verb("What the caller wants to hear of, how, and when not.", {200: OWN_PREFERENCES}),
        "PATCH": Verb("Change some of it.", {200: OWN_PREFERENCES}, PREFERENCES),
    },
    letters.EmailHandler: {
        "POST": Verb("Ask for a link that confirms an address.", {202: ASKED}, NEW_EMAIL),
    },
    letters.ResetHandler: {
        "POST": Verb("Ask for a link that resets a password.", {202: ACCEPTED}, RESET),
    },
    letters.ConfirmHandler: _page("Confirm an address", "token"),
    letters.NewPasswordHandler: _page("Choose a new password", "token", "password"),
    users.UsersHandler: {
        "GET": Verb("All accounts, the newest first.", {200: paged(USER)}, query=(WORDS, *WINDOW)),
        "POST": Verb("Make an account.", {201: USER}, schemas.NEW_USER, headers=("Location",)),
    },
    users.ImportHandler: {
        "POST": Verb(
            "Import groups and users, all or none; a token for each user.",
            {201: IMPORTED},
            IMPORT,
            errors=(409,),
            takes=(JSON,),
        ),
    },
    users.UserHandler: {
        "GET": Verb("One account.", {200: USER}),
        "PATCH": Verb("Change an account.", {200: USER}, schemas.USER, errors=(409,)),
        "DELETE": Verb("Delete an account.", {204: None}, errors=(409,)),
    },
    users.PasswordHandler: {
        "POST": Verb(
            "Set a password, or have one made; sessions end.",
            {200: PASSWORD},
            schemas.PASSWORD,
            errors=(409,),
        ),
    },
    users.ExportHandler: {"GET": Verb("All that is kept of a person.", {200: {"type": "object"}})},
    users.EraseHandler: {"POST": Verb("Erase a person in every area.", {204: None}, errors=(409,))},
    groups.GroupsHandler: {
        "GET": Verb("All groups, the newest first.", {200: paged(GROUP)}, query=(WORDS, *WINDOW)),
        "POST": Verb("Make a group.", {201: GROUP}, schemas.NEW_GROUP, headers=("Location",)),
    },
    groups.GroupHandler: {
        "GET": Verb("One group.", {200: GROUP}),
        "PATCH": Verb("Change a group.", {200: GROUP}, schemas.GROUP, errors=(409,)),
        "DELETE": Verb("End a group; its members leave.", {204: None}, errors=(409,)),
    },
    groups.MembersHandler: {
        "GET": Verb("Who is in a group now.", {200: paged(MEMBER)}, query=WINDOW),
    },
    groups.MemberHandler: {
        "PUT": Verb("Put an account into a group.", {204: None}, errors=(409,)),
        "DELETE": Verb("Take an account out of a group.", {204: None}, errors=(409,)),
    },
    tokens.TokensHandler: {
        "GET": Verb("All tokens, the newest first.", {200: paged(TOKEN)}, query=OF_ONE),
        "POST": Verb(
            "Make a token, which is shown once.",
            {201: NEW_TOKEN},
            schemas.NEW_TOKEN,
            headers=("Location",),
        ),
    },
    tokens.TokenHandler: {
        "GET": Verb("One token.", {200: TOKEN}, errors=(409,)),
        "DELETE": Verb("End a token, and what it opened.", {204: None}, errors=(409,)),
    },
    sessions.SessionsHandler: {
        "GET": Verb("Sessions that are not over.", {200: paged(KEPT_SESSION)}, query=OF_ONE),
    },
    sessions.SessionHandler: {
        "GET": Verb("One session, with its connections.", {200: KEPT_SESSION}, errors=(409,)),
        "DELETE": Verb("End a session, and its connections.", {204: None}, errors=(409,)),
    },
    user_token.UserTokenHandler: {
        "POST": Verb("A new token for the account of an address.", {201: MADE_TOKEN}, TOKEN_OF),
    },
}
