"""Where things are. Standard library only: the bootstrap stage reads it before `env/` exists."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = ROOT / "workspace"
LOCKS = WORKSPACE / "locks"
ASSETS = WORKSPACE / "assets"
APPS = ROOT / "apps"
ENV = ROOT / "env"
PYTHON = ENV / "bin" / "python"
NODE_MODULES = ASSETS / "node_modules"
#: All that set-up makes and nobody edits: stamps, data folders, passwords, the test bench.
VAR = ROOT / "var"
OLD_WEASYPRINT = VAR / "weasyprint59"
