"""`./run` and `./test` once `env/` exists."""

from __future__ import annotations

import signal
import sys

from workspace.console import WorkspaceError, fail
from workspace.run_command import run
from workspace.test_command import test


def main(arguments: list[str]) -> int:
	command = {"run": run, "test": test}[arguments[0]]
	# As in the bootstrap stage; an exec forgets handlers.
	for number in (signal.SIGINT, signal.SIGTERM):
		signal.signal(number, signal.default_int_handler)
	try:
		return command(arguments[1:])
	except WorkspaceError as error:
		fail(error)
	except KeyboardInterrupt:
		return 130
	except OSError as error:
		fail(f"{error.strerror}: {error.filename}" if error.filename else error)


if __name__ == "__main__":
	raise SystemExit(main(sys.argv[1:]))
