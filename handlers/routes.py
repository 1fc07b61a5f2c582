"""Every route, exact to the slash (house, decision 1); no (verb, pattern) is claimed twice."""

import re
from collections.abc import Sequence
from typing import Any

from tornado.web import Application

from domain.errors import NotFound
from handlers import audit, health, jobs, metrics, pages, progress
from handlers.accounts import (
    account,
    groups,
    letters,
    preferences,
    session,
    tokens,
    user_token,
    users,
)
from handlers.accounts import sessions as account_sessions
from handlers.alerts import accounts as alert_accounts
from handlers.alerts import callbacks, joining, self_service, subscribers
from handlers.alerts import contents as alert_contents
from handlers.alerts import digests as alert_digests
from handlers.alerts import health as alert_health
from handlers.alerts import lists as alert_lists
from handlers.alerts import overview as alert_overview
from handlers.alerts import subscriptions as alert_subscriptions
from handlers.announcements import editing, messages, sessions
from handlers.base import ApiHandler
from handlers.description import serving
from handlers.description.document import Documents
from handlers.inbox import (
    blocked,
    broadcasts,
    details,
    lists,
    marks,
    page,
    receipts,
    scheduled,
    sends,
)
from handlers.live import changes, connections, events, socket, trace
from handlers.live.deflate import DEFLATE_FROM_BYTES
from handlers.live.sockets import Sockets
from handlers.mail import caught
from handlers.schedules import schedules, webhooks
from handlers.seed import failed_tasks, helpers, index, people
from handlers.stages import actions, files, sets, subscriptions, upkeep
from handlers.stages import messages as stage_messages
from handlers.stages import overview as stage_overview
from services.app import App
from settings import Settings

Route = tuple[Any, ...]

SCHEDULES = (
    *schedules.ROUTES,
    *webhooks.ROUTES,
    *failed_tasks.ROUTES,
    *user_token.ROUTES,
    *people.ROUTES,
    *helpers.ROUTES,
    *index.ROUTES,
    *sets.ROUTES,
    *stage_messages.ROUTES,
    *subscriptions.ROUTES,
    *actions.ROUTES,
    *files.ROUTES,
    *upkeep.ROUTES,
)
# Bulk unsubscribing comes before the metrics of a path, which may end in its name.
ALERTS = (
    *alert_contents.ROUTES,
    *alert_lists.ROUTES,
    *alert_health.ROUTES,
    *alert_accounts.ROUTES,
    *subscribers.ROUTES,
    *alert_subscriptions.ROUTES,
    *callbacks.ROUTES,
)
ANNOUNCEMENTS = (*messages.ROUTES, *sessions.ROUTES)
INBOX = (
    *sends.ROUTES,
    *marks.ROUTES,
    *lists.ROUTES,
    *details.ROUTES,
    *receipts.ROUTES,
)
OWN = (
    *page.ROUTES,
    *blocked.ROUTES,
    *broadcasts.ROUTES,
    *caught.ROUTES,
    *progress.ROUTES,
    *editing.ROUTES,
    *socket.ROUTES,
    *events.ROUTES,
    *changes.ROUTES,
    *connections.ROUTES,
    *trace.ROUTES,
    *session.ROUTES,
    *account.ROUTES,
    *preferences.ROUTES,
    *letters.ROUTES,
    *users.ROUTES,
    *groups.ROUTES,
    *tokens.ROUTES,
    *account_sessions.ROUTES,
    *audit.ROUTES,
    *jobs.ROUTES,
    *health.ROUTES,
    *metrics.ROUTES,
    *pages.ROUTES,
    *serving.ROUTES,
    *self_service.ROUTES,
    *joining.ROUTES,
    *alert_digests.ROUTES,
    *alert_overview.ROUTES,
    *stage_overview.ROUTES,
)


class UnknownRoute(ApiHandler):
    """Any path that no route claims."""

    async def judge(self) -> None:
        raise NotFound


def routes(settings: Settings) -> list[Route]:
    """All routes, each area's under its mount."""
    mounts = settings.mounts
    inbox = (*INBOX, *scheduled.ROUTES)
    return [
        *_mounted(mounts.inbox, inbox),
        *_mounted(mounts.schedules, SCHEDULES),
        *_mounted(mounts.announcements, ANNOUNCEMENTS),
        *_mounted(mounts.alerts, ALERTS),
        *OWN,
    ]


def _mounted(prefix: str, area: Sequence[Route]) -> list[Route]:
    return [(f"{re.escape(prefix)}{pattern}", *rest) for pattern, *rest in area]


def application(app: App) -> Application:
    """The Tornado application over the use cases."""
    sockets = Sockets(DEFLATE_FROM_BYTES)
    app.live.telling.flush = sockets.flush
    every_route = routes(app.settings)
    return Application(
        every_route,
        app=app,
        busy=set(),
        descriptions=Documents(every_route),
        default_handler_class=UnknownRoute,
        sockets=sockets,
        log_function=metrics.Measure(app.seeing.instruments),
    )
