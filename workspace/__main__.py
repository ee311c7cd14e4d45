"""`python3 -m workspace run|test …`: the standard-library stage, before `env/` exists."""

from workspace.bootstrap import main

if __name__ == "__main__":
	main()
