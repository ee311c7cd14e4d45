"""A pytest plugin: of the two workers of `./test`, the second works on the second bench."""

import json
import os

#: In the environment: the variables of the second bench, as JSON.
SECOND = "CS_SECOND_BENCH"

if os.environ.get("PYTEST_XDIST_WORKER") == "gw1":
	os.environ.update(json.loads(os.environ[SECOND]))
