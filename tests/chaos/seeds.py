"""The seed of a run: given as TEST_SEED, or 1, so that whoever tests a change tests the same."""

import os

SEED = int(os.environ.get("TEST_SEED", "1"))
