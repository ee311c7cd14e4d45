"""The bench-shaped workspace around the app: Frappe from PyPI, servers, sites, assets, tests."""
