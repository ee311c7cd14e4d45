"""What the PDF renderer may fetch: pictures that stand in the page itself, and nothing else (S6).

WeasyPrint's own fetcher opens every file and address that a page names. Ours opens none: the logo and other pictures
are put into the page as ``data:`` by the layout, style sheets are passed in as text, fonts come from the system.
"""

import re

import weasyprint

PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,", re.IGNORECASE)


class FetchRefused(ValueError):
	"""A page asked for something outside itself."""


def may_fetch(url: str) -> bool:
	"""Whether the renderer may open this address."""
	return bool(PICTURE.match(url))


def _refuse(url: str):
	raise FetchRefused(f"not allowed to fetch {url[:60]}")


if hasattr(weasyprint.urls, "URLFetcher"):  # WeasyPrint 68 and later: a plain function that raises would abort the page

	class GuardedFetcher(weasyprint.urls.URLFetcher):
		"""Opens pictures inside the page; whatever else is asked for is left out of the print."""

		def fetch(self, url, headers=None):
			"""See `may_fetch`.

			:raises FetchRefused: which WeasyPrint reports as a missing picture.
			"""
			if not may_fetch(url):
				_refuse(url)
			return super().fetch(url, headers)

	def guarded_fetcher():
		"""A fetcher to pass to ``weasyprint.HTML``."""
		return GuardedFetcher(allowed_protocols=("data",))

else:

	def guarded_fetcher():
		"""A fetcher to pass to ``weasyprint.HTML``."""

		def fetch(url, timeout=10, ssl_context=None):
			if not may_fetch(url):
				_refuse(url)
			return weasyprint.default_url_fetcher(url, timeout, ssl_context)

		return fetch
