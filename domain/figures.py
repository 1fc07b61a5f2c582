"""What processes measure of themselves each second, and what that makes together."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

Figures = Mapping[str, float]

# How each figure of several processes becomes one: all hear the same changes, so of those the most
# is told; a store is reached (1) when all reach it.
TOTALS: Mapping[str, Callable[[Iterable[float]], float]] = {
    "connections": sum,
    "deliveries_per_s": sum,
    "jobs_running": sum,
    "changes_per_s": max,
    "delivery_lag_ms": max,
    "delivery_p99_ms": max,
    "loop_lag_ms": max,
    "look_age_s": max,
    "redis": min,
    "database": min,
}


def high(values: Sequence[float], share: float = 0.99) -> float:
    """What this share of the values does not exceed (nearest rank); 0 when there are none."""
    if not values:
        return 0.0
    return sorted(values)[math.ceil(share * len(values)) - 1]


def total(processes: Sequence[Figures]) -> dict[str, float]:
    """One figure for all processes; of those that nobody measured there is none."""
    found = {name: [one[name] for one in processes if name in one] for name in TOTALS}
    return {name: round(TOTALS[name](values), 3) for name, values in found.items() if values}
