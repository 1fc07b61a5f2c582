"""Where many ask at the same time: who goes out with the next command waits for the others."""

import asyncio
from collections.abc import Callable


async def until_nobody_comes(
    waiting: Callable[[], int], most: int, step_s: float, limit_s: float
) -> None:
    """Return once a step has passed in which nobody came, ``most`` wait, or the limit is over."""
    loop = asyncio.get_running_loop()
    until, before = loop.time() + limit_s, 0
    while before < waiting() < most and loop.time() < until:
        before = waiting()
        await asyncio.sleep(step_s)
