"""Every kind of job, and the use case that does it.

An area adds its line here: `Kind(run)` with its time limit, attempts, delays and what to do when
it is given up. It adds jobs with `models.jobs.Jobs.add`, which wakes whoever runs them.
"""

from domain.jobs import Kind
from jobs.runner import Kinds
from services.announcement_kinds import TURN
from services.app import App
from services.failed_tasks import REQUEUE
from services.held import HELD
from services.retention import RETIRE
from services.scheduled_kinds import LEAVE


def kinds(app: App) -> Kinds:
    leaving, firing = app.scheduled.leaving, app.schedules.firing
    return {
        "inbox.expire": Kind(app.inbox.expire),
        HELD: Kind(app.inbox.holding.run),
        RETIRE: Kind(app.inbox.retention.run),
        TURN: Kind(app.announcements.turn),
        LEAVE: Kind(leaving.leave, give_up=leaving.give_up),
        "schedules.fire": Kind(firing.fire, give_up=firing.give_up),
        "schedules.send": Kind(firing.run_send, give_up=firing.give_up_send),
        "calls.call": Kind(firing.calls.run, give_up=firing.calls.give_up),
        **app.accounts.groups.job_kinds(),
        **app.stages.walk.jobs(),
        REQUEUE: Kind(app.schedules.failed.run),
        "webhooks.tell": Kind(app.schedules.webhooks.tell),
        **app.mail.job_kinds(),
        **app.upkeep.jobs(),
        **app.letters.job_kinds(),
        **app.alerts.job_kinds(),
    }
