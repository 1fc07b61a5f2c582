"""Building schedules and the metrics that they count: with what they call out."""

from contextlib import AsyncExitStack

from domain.addresses import LOOPBACK, Allowed
from models.counters import Counters
from models.database import Database
from models.jobs import Jobs
from models.schedule_stores import Stores
from push.metrics import MetricsService
from push.outbound import Outbound
from push.webhooks import Webhooks
from services.changes import Changes
from services.instruments import Figure, Instruments
from services.metrics import Metrics
from services.schedules import Schedules, build
from settings import Settings

METRICS_LIMIT_S = 10.0
COUNTED = Figure(
    "carillon_seed_metrics", "What the metrics of /api/metrics/ count", ("name",), is_counter=True
)
SAID = Figure("carillon_seed_estimates", "What those of /api/metrics/ said last", ("name",))


def build_schedules(
    settings: Settings,
    changes: Changes,
    *,
    stores: tuple[Database, Counters, Jobs],
    metrics: Metrics,
    undo: AsyncExitStack,
) -> Schedules:
    """Schedules; an embedded database is this host's, so its neighbours may be called then."""
    database, counters, jobs = stores
    nearby = LOOPBACK if settings.mongodb.uri is None else ()
    limit_s = settings.outbound.timeout_s
    outbound = Outbound(Allowed.of((*settings.outbound.allow, *nearby)), timeout_s=limit_s)
    undo.push_async_callback(outbound.close)
    post = Webhooks(outbound, changes.clock.wall, limit_s=limit_s)
    made = build(Stores.of(database, counters), jobs, changes, post, settings.schedules)
    changes.add_kinds(made.kinds())
    made.count = made.firing.calls.count = metrics.count
    return made


def build_metrics(settings: Settings, instruments: Instruments, undo: AsyncExitStack) -> Metrics:
    """Metrics, to be read at `/metrics`, and fired to the service of the configuration, if any."""
    made = Metrics(_service(settings, undo))
    instruments.read(COUNTED, lambda: {(name,): n for name, n in made.counted().items()})
    instruments.read(SAID, lambda: {(name,): n for name, n in made.said().items()})
    return made


def _service(settings: Settings, undo: AsyncExitStack) -> MetricsService | None:
    chosen = settings.stages.metrics
    if chosen.url is None:
        return None
    outbound = Outbound(None, timeout_s=METRICS_LIMIT_S)
    undo.push_async_callback(outbound.close)
    return MetricsService(outbound, chosen.url, chosen.user, chosen.password)
