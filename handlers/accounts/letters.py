"""Confirming an e-mail address and resetting a password: asking for links, and their pages."""

from http import HTTPStatus

from domain.coercion import Refused
from domain.errors import Conflict
from domain.profiles import new_password
from handlers.base import ApiHandler
from handlers.bodies import shape
from handlers.plain_pages import PlainPage
from models.account_schemas import NEW_EMAIL, RESET
from models.schemas import load
from services.account_letters import CONFIRM_PAGE, PASSWORD_PAGE

NOT_GOOD = "This link was used, has expired, or is not complete. Ask for a new one."
NO_LINK = "This link does not work"


class EmailHandler(ApiHandler):
    """A link to an address that the caller says is his."""

    limited = {"POST": "letters"}

    async def post(self) -> None:
        assert self.identity is not None
        given = load(NEW_EMAIL, shape(self.body(), ()))
        password = given.get("current_password")
        await self.app.accounts.profiles.check_present(self.identity, password)
        await self.app.letters.ask_to_confirm(self.user.id, given["email"])
        self.reply({"email": given["email"]}, HTTPStatus.ACCEPTED)


class ResetHandler(ApiHandler):
    """A link for who forgot his password; whether there is such an account is not told."""

    open_verbs = frozenset({"POST"})
    limited = {"POST": "letters"}

    async def post(self) -> None:
        given = load(RESET, shape(self.body(), ()))
        await self.app.letters.ask_to_reset(given.get("username") or given["email"])
        self.reply({}, HTTPStatus.ACCEPTED)


class _AccountPage(PlainPage):
    def say(self, title: str, text: str, status: int = HTTPStatus.OK) -> None:
        self.show("account-said", status, title=title, text=text)

    def say_not_good(self) -> None:
        self.say(NO_LINK, NOT_GOOD, HTTPStatus.BAD_REQUEST)


class ConfirmHandler(_AccountPage):
    """What a link to an address leads to: one question, for programs follow links too."""

    async def get(self) -> None:
        token = self.asked("token")
        address = await self.app.letters.to_confirm(token)
        if address is None:
            self.say_not_good()
        else:
            self.show("account-confirm", address=address, token=token)

    async def post(self) -> None:
        try:
            address = await self.app.letters.confirm(self.form().get("token", ""))
        except Conflict as error:
            self.say(NO_LINK, error.detail, error.status)
            return
        if address is None:
            self.say_not_good()
        else:
            self.say("Your address is confirmed", f"It is {address} from now on.")


class NewPasswordHandler(_AccountPage):
    """What a link to a new password leads to."""

    async def get(self) -> None:
        token = self.asked("token")
        if await self.app.letters.is_good(token):
            self.show("account-password", token=token, problem="")
        else:
            self.say_not_good()

    async def post(self) -> None:
        form = self.form()
        token = form.get("token", "")
        try:
            password = new_password(form.get("password", ""))
        except Refused as error:
            problem = " ".join(error.texts)
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            self.show("account-password", status, token=token, problem=problem)
            return
        if await self.app.letters.reset(token, password):
            self.say("Your password is set", "You can sign in with it. All sessions were ended.")
        else:
            self.say_not_good()


ROUTES = [
    (r"/account/email/", EmailHandler),
    (CONFIRM_PAGE, ConfirmHandler),
    (r"/account/password/reset/", ResetHandler),
    (PASSWORD_PAGE, NewPasswordHandler),
]
