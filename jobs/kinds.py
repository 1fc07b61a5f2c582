"""Every kind of job, and the use case that does it."""

from jobs.runner import Kinds
from services.app import App


def kinds(app: App) -> Kinds:
    return {"inbox.expire": app.inbox.expire}
