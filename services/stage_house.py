"""Building stages: what is kept, how it is walked through, and the ways on which messages go."""

from contextlib import AsyncExitStack
from typing import Final

from models.counters import Counters
from models.database import Database
from models.stage_walks import Walks
from models.stages import Stages as Stores
from models.user_identities import UserIdentities
from push.message_sender import MessageSender
from push.outbound import Outbound
from services.accounts import Accounts
from services.changes import Changes
from services.inbox import Inbox
from services.mail import MailService
from services.mailboxes import Stores as MailStores
from services.metrics import Metrics
from services.schedules import Schedules
from services.stage_channels import Channel, EmailChannel, InboxChannel, People, Remote
from services.stage_deliveries import Deliveries
from services.stage_firing import StageFiring
from services.stage_plans import Planner
from services.stage_steps import Steps
from services.stage_tools import Tools
from services.stage_walk import Walk
from services.stages import Stages
from settings import SettingError, Settings

CALL_LIMIT_S: Final = 10.0  # upstream's


def build_stages(
    settings: Settings,
    changes: Changes,
    stores: tuple[Database, Counters, MailStores],
    *,
    areas: tuple[Schedules, Accounts, Inbox, Metrics, MailService],
    undo: AsyncExitStack,
) -> Stages:
    """Stages over their collections, with their records known to ``changes``."""
    database, counters, mail = stores
    schedules, accounts, inbox, metrics, mailer = areas
    store, walks = Stores.of(database, counters), Walks(database)
    planner = Planner(store, root=_root(settings), dry_run=settings.stages.dry_run)
    people = People(mail.users, UserIdentities(database))
    ways: dict[str, Channel] = {
        "inbox": InboxChannel(people, inbox.batches),
        "email": EmailChannel(people, mailer),
    }
    steps = Steps(walks, counters, changes, ways, metrics.count)
    steps.chosen = [name for name in settings.stages.channels if name in ways]
    remotes = _remotes(settings, undo)
    tools = Tools(walks, planner, steps, mail.jobs, schedules.failed, changes)
    firing = StageFiring(tools, counters, is_remote=bool(remotes))
    delays_s = settings.stages.retry_delays_s
    walk = Walk(tools, firing, Deliveries(tools, remotes, delays_s, metrics.count))
    schedules.firing.on_firing(firing.begin)
    schedules.failed.on_requeue(walk.requeue)
    made = Stages(store, changes, schedules, accounts.directory.user, walk)
    changes.add_kinds(made.kinds())
    return made


def _remotes(settings: Settings, undo: AsyncExitStack) -> list[Remote]:
    """The ways that end elsewhere; the operator's addresses, so any (surface, "Calls out")."""
    stages = settings.stages
    if "outbound" not in stages.channels:
        return []
    store, sender = stages.identity_store, stages.message_sender
    for name, url in (("identity_store", store.url), ("message_sender", sender.url)):
        if url is None:
            raise SettingError(f"stages.{name}.url: the channel outbound needs it")
    outbound = Outbound(None, timeout_s=CALL_LIMIT_S)
    undo.push_async_callback(outbound.close)
    return [
        MessageSender(outbound, (store.url or "", store.token), (sender.url or "", sender.token))
    ]


def _root(settings: Settings) -> str:
    """Where files are read, for those whom no request tells: phones, and message senders."""
    server = settings.server
    scheme = "http" if server.tls_cert is None else "https"
    site = server.public_url or f"{scheme}://{server.address or 'localhost'}:{server.port}"
    return site + settings.mounts.schedules
