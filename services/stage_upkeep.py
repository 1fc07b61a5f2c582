"""What is done about walks beside walking: searches, catching up, cleaning, estimates."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.jobs import Kind
from models.jobs import Jobs
from services.changes import Changes
from services.metrics import Metrics
from services.stage_behind import FIND, BehindSubscriptions
from services.stage_catching_up import CatchingUp
from services.stage_cleaning import Cleaning
from services.stage_estimates import OF_DAY, OF_WEEK, Estimates
from services.stage_standing import Schedules
from services.stages import Stages


@dataclass(frozen=True)
class Upkeep:
    """The use cases together."""

    behind: BehindSubscriptions
    catching_up: CatchingUp
    cleaning: Cleaning
    estimates: Estimates

    def jobs(self) -> Mapping[str, Kind]:
        """The kinds of jobs that these are done by."""
        return {
            FIND: Kind(self.behind.run),
            OF_DAY: Kind(self.estimates.run_day),
            OF_WEEK: Kind(self.estimates.run_week),
        }


def build(
    stages: Stages, schedules: Schedules, jobs: Jobs, changes: Changes, metrics: Metrics
) -> Upkeep:
    """Upkeep of these stages; their metrics are listed and fired with the schedules'."""
    behind = BehindSubscriptions(stages.store, schedules, jobs, changes)
    estimates = Estimates(stages.store, schedules, jobs, changes)
    estimates.metrics = metrics
    metrics.add(estimates.names, estimates.fire)
    catching_up = CatchingUp(stages.store, schedules, changes)
    changes.add_kinds({**behind.kinds(), **estimates.kinds(), **catching_up.kinds()})
    cleaning = Cleaning(stages.store, stages.subscriptions, changes.clock)
    return Upkeep(behind, catching_up, cleaning, estimates)
