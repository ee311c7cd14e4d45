"""The page behind the QR code of a printed form. It holds no data: its script posts the token and shows the answer."""

no_cache = 1
sitemap = 0


def get_context(context):
	context.no_cache = 1
	context.no_header = 1
