"""Names for what is new are told apart, also by those who were one process a moment ago."""

import re
import subprocess
import sys

from domain.fresh_ids import AT_ONCE, fresh_id

SOME = 2 * AT_ONCE + 3
BOTH = """
import os
from domain.fresh_ids import fresh_id
fresh_id()  # some are ready, which both would have
child = os.fork()
os.write(1, fresh_id().encode() + b"\\n")
if child:
    os.waitpid(child, 0)
"""


def test_each_is_another():
    made = [fresh_id() for _ in range(SOME)]
    assert len(set(made)) == SOME
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in made)


def test_a_fork_makes_its_own():
    told = subprocess.run([sys.executable, "-c", BOTH], capture_output=True, check=True, timeout=20)
    one, other = told.stdout.split()
    assert one != other
