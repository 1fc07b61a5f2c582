"""One seed for a whole run, whatever works on it: a new one each time, or that of ``TEST_SEED``."""

import os
import random

# Workers know the name of their run: parts of it that are named by the seed are named alike.
_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID")
SEED = int(os.environ.get("TEST_SEED", "0")) or random.Random(_RUN).getrandbits(32)
