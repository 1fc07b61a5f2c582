"""Carillon served on a real socket with two accounts, for tests of accounts over HTTP."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from carillon import Carillon
from embedded.stores import Endpoints
from handlers.routes import application
from models.groups import NewGroup
from models.users import NewUser
from services.app import App
from tests.answers import judge_of
from tests.conftest import StoreUris, settings_for
from tests.servers import answering
from tests.sites import Answer

PASSWORD = "correct horse"
NOT_GIVEN = {"detail": "Authentication credentials were not provided."}


@dataclass
class Site:
    """A served application and its client, which follows nothing and raises no errors of HTTP.

    An answer that the description of the API does not allow fails the test.
    """

    app: App
    address: str

    async def ask(self, verb: str, path: str, body: object = None, **headers: str) -> HTTPResponse:
        sent = None if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            named["Content-Type"] = "application/json"
        response: HTTPResponse = await AsyncHTTPClient().fetch(
            f"http://{self.address}{path}",
            method=verb,
            body=sent,
            headers=named,
            raise_error=False,
            allow_nonstandard_methods=True,
        )
        answer = Answer(response.code, response.headers, response.body)
        misfit = judge_of(self.app.settings).wrong(verb, path, answer.status, answer)
        assert misfit is None, misfit
        return response

    async def sign_in(self, username: str = "alice", password: str = PASSWORD) -> dict[str, str]:
        """The headers of a signed-in browser's writes."""
        body = {"username": username, "password": password}
        answer = await self.ask("POST", "/session", body)
        assert answer.code == 200, answer.body
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return {"Cookie": cookie, "X_CSRF_Token": read(answer)["csrf_token"]}


def read(answer: HTTPResponse) -> Any:
    return json.loads(answer.body)


@asynccontextmanager
async def site(uris: StoreUris, name: str, **environ: str) -> AsyncIterator[Site]:
    """Carillon on a free port with a user alice (1, of two groups) and an administrator (2)."""
    carillon = Carillon(settings_for(name, **environ), Endpoints(uris.mongodb, uris.redis))
    app = await carillon.begin()
    try:
        hashed = await app.accounts.passwords.hash(PASSWORD)
        group = await app.accounts.groups.add(NewGroup("staff"))
        alice = NewUser("alice", "a@x.de", email_verified=True, password=hashed, groups=(group,))
        await app.accounts.add(alice)
        await app.accounts.add(NewUser("root", is_admin=True, password=hashed))
        async with answering(application(app)) as port:
            yield Site(app, f"127.0.0.1:{port}")
    finally:
        await carillon.database.drop()
        await carillon.end()


async def token_of(app: App, username: str) -> Mapping[str, str]:
    user = await app.accounts.named(username)
    return {"Authorization": f"Token {await app.accounts.credentials.make_token(user['_id'])}"}
