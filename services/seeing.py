"""What there is to see of one process, tied to the parts that it is read from."""

from collections import Counter

from domain.clock import HOUR, SECOND, Clock
from domain.jobs import DEAD, RUNNING, WAITING
from domain.mails import FAILED, PENDING, SENT
from models.alert_emails import Emails
from models.jobs import Jobs
from push.broker import Broker
from push.hub import Hub
from push.neighbours import Neighbours
from services.exposition import Exposition
from services.gauges import Gauges
from services.instruments import Figure, Instruments, Values
from services.spans import Spans
from services.stored_figures import StoredFigures

CONNECTIONS = Figure(
    "carillon_connections", "Open live connections: live, or reading the feed", ("state",)
)
DELIVERIES = Figure("carillon_deliveries", "Changes told to connections, one each", is_counter=True)
UNSENT = Figure("carillon_unsent_bytes", "What waits to be sent to slow connections")
LINKED = Figure("carillon_redis_linked", "Are other processes heard of over Redis? 1 or 0")
LOOK_AGE = Figure("carillon_look_age_seconds", "How long ago the feed was looked at successfully")
LOOP_LAG = Figure(
    "carillon_loop_lag_seconds", "How late the loop gave a turn, at worst in the last second"
)
RUNNING_JOBS = Figure("carillon_jobs_running", "Jobs that this process runs now")

JOBS = Figure("carillon_jobs", "Jobs that are not over, by kind and state", ("kind", "state"))
OLDEST = Figure(
    "carillon_jobs_oldest_due_seconds", "How long the job that is due longest waits", ("kind",)
)
EMAILS = Figure(
    "carillon_emails", "E-mails made in the last hour, by what became of them", ("state",)
)
MAIL_STATES = (PENDING, SENT, FAILED)
UNFINISHED = (WAITING, RUNNING, DEAD)


class Seeing:
    """A process's instruments, and the one answer made of them."""

    def __init__(self, neighbours: Neighbours | None = None) -> None:
        self.instruments, self.stored, self.spans = Instruments(), StoredFigures(), Spans()
        self.exposition = Exposition(self.instruments, self.stored, neighbours or Neighbours())

    def watch(self, hub: Hub, gauges: Gauges, broker: Broker) -> None:
        """Read what these know; called once."""
        read, figure = self.instruments.read, gauges.figure
        gauges.on_lag, gauges.stored = self.instruments.note_lag, self._jobs
        broker.on_published = self.instruments.note_publish
        read(CONNECTIONS, lambda: _states(hub))
        read(UNSENT, lambda: {(): sum(one.transport.unsent_bytes for one in hub)})
        read(DELIVERIES, lambda: {(): hub.told})
        read(LINKED, lambda: {(): float(broker.is_linked)})
        read(LOOK_AGE, lambda: {(): figure("look_age_s")})
        read(LOOP_LAG, lambda: {(): figure("loop_lag_ms") / 1_000})
        read(RUNNING_JOBS, lambda: {(): figure("jobs_running")})

    def _jobs(self) -> dict[str, float]:
        """Jobs that wait and those that failed for good, as the database said last."""
        found = {"jobs_waiting": 0.0, "jobs_dead": 0.0}
        families = [one for one in self.stored.known() if one.name == JOBS.name]
        for sample in (sample for one in families for sample in one.samples):
            name = f"jobs_{sample.labels['state']}"
            if name in found:
                found[name] += sample.value
        return found if families else {}

    def count(self, jobs: Jobs, emails: Emails, clock: Clock) -> None:
        """Read what the database says of jobs and e-mails; called once."""

        async def read() -> tuple[Values, Values]:
            rows = {state: await jobs.kinds(state) for state in UNFINISHED}
            counts: Values = {(k, state): n for state in rows for k, n in rows[state].items()}
            now = clock.wall()
            oldest = await jobs.oldest_due(now)
            return counts, {(kind,): (now - at) / SECOND for kind, at in oldest.items()}

        async def read_emails() -> tuple[Values]:
            now = clock.wall()
            found = await emails.states(now - HOUR, now)
            return ({(state,): found.get(state, 0) for state in MAIL_STATES},)

        self.stored.add((JOBS, OLDEST), read)
        self.stored.add((EMAILS,), read_emails)


def _states(hub: Hub) -> Values:
    found = Counter(one.state for one in hub)
    return {(state,): found[state] for state in ("live", "reading")}
