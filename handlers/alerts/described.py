"""What the routes of alerts take and answer (alerts contract, parts 1 and 3).

Parameters may stand in the query, a JSON body or a form, interchangeably; they are described where
clients put them.
"""

from typing import Final

from handlers.alerts import (
    accounts,
    callbacks,
    contents,
    health,
    joining,
    lists,
    self_service,
    subscribers,
    subscriptions,
)
from handlers.alerts.described_shapes import (
    A_FREQUENCY,
    CHANGE,
    CHECKS,
    COUNTS,
    CRITERIA,
    EMPTY,
    LINKED,
    LIST,
    MESSAGE,
    NEW_LIST,
    NEW_SUBSCRIPTION,
    QUEUED,
    SESSION,
    SMOKE_TEST,
    SUBSCRIBER_ANSWER,
    SUBSCRIPTION,
    SUBSCRIPTIONS,
    given,
)
from handlers.description.words import (
    A_TEXT,
    FORM,
    HTML,
    PLAIN,
    TEXT,
    Described,
    Query,
    Verb,
    shape,
)

REFUSED: Final = (422,)
PLACES: Final = tuple(Query(name, "A criterion.", shape_) for name, shape_ in CRITERIA.items())


def _by_account(purpose: str) -> Verb:
    renamed = shape(f"Unlinked{len(purpose)}", {}, {accounts.SESSION: TEXT, "message": TEXT})
    return Verb(purpose, {200: LINKED, 401: ANY_BODY, 403: renamed, 422: None}, SESSION)


ANY_BODY: Final = None


def _page(purpose: str, *fields: str) -> dict[str, Verb]:
    """A page with a form, for people."""
    states = {200: HTML, 303: None, 400: HTML, 403: HTML, 404: HTML, 422: HTML, 429: HTML}
    states |= {413: HTML, 415: HTML, 503: HTML}
    return {
        "GET": Verb(purpose, states, query=(Query("token", "Of the link.", A_TEXT),)),
        "POST": Verb(f"{purpose} (its form)", states, given(" ".join(fields)), takes=(FORM,)),
    }


ORDER: Final = Query(
    "order", "By what.", {"enum": ["title", "-title", "created_at", "-created_at"]}
)

DESCRIBED: Final[Described] = {
    lists.ListsHandler: {
        "GET": Verb(
            "The list of exactly these criteria.", {200: LIST}, query=PLACES, errors=(404, 422)
        ),
        "POST": Verb("Find a list, or make it.", {200: LIST}, NEW_LIST, errors=REFUSED),
    },
    lists.ListHandler: {
        "GET": Verb("One list, by its slug or id.", {200: LIST}, errors=(404,)),
        "PATCH": Verb(
            "Describe a list.",
            {200: LIST},
            given(title=A_TEXT, description=A_TEXT),
            errors=(404, 422),
        ),
    },
    lists.ListMetricsHandler: {"GET": Verb("How many would hear of a page.", {200: COUNTS})},
    contents.BulkUnsubscribeHandler: {
        "POST": Verb(
            "Let everybody of a list go.",
            {202: QUEUED},
            given(body=A_TEXT, sender_message_id=A_TEXT),
            errors=(404, 409, 422),
        ),
    },
    contents.ContentChangesHandler: {
        "POST": Verb("A page that changed.", {202: QUEUED}, CHANGE, errors=(409, 422)),
    },
    contents.MessagesHandler: {
        "POST": Verb("Something to tell subscribers.", {202: QUEUED}, MESSAGE, errors=(409, 422)),
    },
    health.HealthcheckHandler: {"GET": Verb("How much waits.", {200: CHECKS})},
    health.LiveHandler: {"GET": Verb("Is the process alive?", {200: PLAIN})},
    health.ReadyHandler: {"GET": Verb("Is everything well?", {200: CHECKS, 500: CHECKS})},
    accounts.AccountsHandler: {"POST": _by_account("The subscriber of an account's address.")},
    accounts.LinkHandler: {"POST": _by_account("The same, linked with the account from now on.")},
    accounts.AccountHandler: {
        "GET": Verb("Who is linked with an account.", {200: SUBSCRIBER_ANSWER, 404: None}),
    },
    subscribers.AuthTokenHandler: {
        "POST": Verb(
            "Send a link to a subscriber.",
            {201: SUBSCRIBER_ANSWER},
            given("address destination", redirect=A_TEXT),
            errors=(404, 422, 429),
        ),
    },
    subscribers.SubscriptionsOfHandler: {
        "GET": Verb(
            "What a subscriber hears of.", {200: SUBSCRIPTIONS}, query=(ORDER,), errors=(404, 422)
        ),
    },
    subscribers.SubscriberHandler: {
        "PATCH": Verb(
            "Change an address.",
            {200: SUBSCRIBER_ANSWER},
            given("new_address", on_conflict={"enum": ["merge"]}),
            errors=(404, 409, 422),
        ),
        "DELETE": Verb("End all that a subscriber hears of.", {204: None}, errors=(404,)),
    },
    subscriptions.SubscriptionsHandler: {
        "POST": Verb(
            "Subscribe an address to a list.",
            {200: SUBSCRIPTION, 201: SMOKE_TEST},
            NEW_SUBSCRIPTION,
            errors=(404, 422),
        ),
    },
    subscriptions.AuthTokenHandler: {
        "POST": Verb(
            "Send a link by which a subscription is confirmed.",
            {200: EMPTY},
            given("address topic_id", frequency=A_FREQUENCY),
            errors=(404, 422, 429),
        ),
    },
    subscriptions.LatestHandler: {
        "GET": Verb(
            "The latest of the same subscriber and list.", {200: SUBSCRIPTION}, errors=(404,)
        ),
    },
    subscriptions.SubscriptionHandler: {
        "GET": Verb("One subscription.", {200: SUBSCRIPTION}, errors=(404,)),
        "PATCH": Verb(
            "Change how often.",
            {200: SUBSCRIPTION},
            given(frequency=A_FREQUENCY),
            errors=(404, 422),
        ),
    },
    subscriptions.UnsubscribeHandler: {
        "POST": Verb("End one subscription, once.", {204: None}, errors=(404,)),
    },
    callbacks.StatusUpdatesHandler: {
        "POST": Verb(
            "What became of an e-mail.",
            {204: None},
            given("reference status", to=A_TEXT),
            errors=REFUSED,
        ),
    },
    callbacks.SpamReportsHandler: {
        "POST": Verb("Somebody called an e-mail spam.", {204: None}, given("to")),
    },
    self_service.SignInHandler: _page(
        "Ask for a link to one's subscriptions, and follow it", "address"
    ),
    self_service.ManageHandler: _page("One's subscriptions", "proof"),
    self_service.FrequencyHandler: _page("How often one list's e-mails come", "proof", "frequency"),
    self_service.EndAllHandler: _page("End everything at once", "proof"),
    self_service.UnsubscribeHandler: _page("End one subscription", "token"),
    self_service.OneClickHandler: {
        "GET": Verb("To the page that asks first.", {303: None}),
        "POST": Verb(
            "End one subscription, as mail programs do (RFC 8058).",
            {200: EMPTY, 401: EMPTY},
            query=(Query("token", "Of the link.", A_TEXT),),
        ),
    },
    joining.NewHandler: _page("Ask to be subscribed to a list", "address", "topic_id", "frequency"),
    joining.ConfirmHandler: _page("Confirm a subscription", "token"),
}
