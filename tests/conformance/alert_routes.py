"""Every route of alerts, as the tests go over them."""

from tests.conformance.seed_routes import Route

APP, CALLBACK = "internal_app", "status_updates"
U = "719efe7b-00d0-4168-ac30-99fe6093e3fc"

CLOSED = [
    Route("/subscriber-lists", ("GET", "POST"), APP, ("GET", "POST")),
    Route("/subscriber-lists/metrics/a/b", ("GET",), APP),
    Route("/subscriber-lists/x", ("GET", "PATCH"), APP, ("PATCH",)),
    Route("/content-changes", ("POST",), APP, ("POST",)),
    Route("/messages", ("POST",), APP, ("POST",)),
    Route("/subscribers/govuk-account", ("POST",), APP, ("POST",)),
    Route("/subscribers/govuk-account/link", ("POST",), APP, ("POST",)),
    Route("/subscribers/govuk-account/x", ("GET",), APP),
    Route("/subscribers/auth-token", ("POST",), APP, ("POST",)),
    Route("/subscribers/1/subscriptions", ("GET",), APP),
    Route("/subscribers/1", ("PATCH", "DELETE"), APP, ("PATCH",)),
    Route("/subscriptions", ("POST",), APP, ("POST",)),
    Route("/subscriptions/auth-token", ("POST",), APP, ("POST",)),
    Route(f"/subscriptions/{U}/latest", ("GET",), APP),
    Route(f"/subscriptions/{U}", ("GET", "PATCH"), APP, ("PATCH",)),
    Route(f"/unsubscribe/{U}", ("POST",), APP),
    Route("/subscriber-lists/x/bulk-unsubscribe", ("POST",), APP),
    Route("/status-updates", ("POST",), CALLBACK, ("POST",)),
    Route("/spam-reports", ("POST",), CALLBACK, ("POST",)),
]
OPEN = [
    Route("/healthcheck", ("GET",), None),
    Route("/healthcheck/live", ("GET",), None),
    Route("/healthcheck/ready", ("GET",), None),
]
