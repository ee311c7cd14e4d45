"""What a mail says, as plain text: words of headers, charsets of China, HTML, length (F-1, S5)."""

import codecs
import re
from email.header import decode_header
from html import escape
from html.parser import HTMLParser

from customer_service.organisation.text import CONTROL, MOST_BYTES, TAG_START

# Mail programs call "gb2312" what holds characters of its two larger successors.
SUCCESSOR = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030"}

# More of an HTML body is not turned into text; it is attached as it came.
MOST_HTML = 1_000_000

# "<li@example.com>" and "<https://…>" are text, but would be taken for tags where text is made plain.
BRACKETED = re.compile(r"<((?:mailto:)?[^<>\s@]+@[^<>\s]+|https?://[^<>\s]+)>")

# The line with which mail programs begin the mail that they quote.
QUOTE_BEGINS = re.compile(
	r"\s*(-{2,}\s*(Original Message|原始邮件|转发的邮件)\s*-{2,}|_{10,}"
	r"|On\s.{4,200}wrote:|.{0,200}(写道|寫道)\s*[:：]|(发件人|寄件者|From)\s*[:：].*)\s*"
)

BLOCKS = frozenset(
	[
		"address",
		"article",
		"blockquote",
		"br",
		"dd",
		"div",
		"dl",
		"dt",
		"footer",
		"form",
		"h1",
		"h2",
		"h3",
		"h4",
		"h5",
		"h6",
		"header",
		"hr",
		"li",
		"ol",
		"p",
		"pre",
		"section",
		"table",
		"tr",
		"ul",
	]
)
UNSEEN = frozenset({"head", "script", "style", "template", "title"})


def decode(content: bytes, charset: str | None) -> str:
	"""The text of a part, by the charset that it declares; where that is wrong or missing by those that our customers use."""
	for name in (charset, "utf-8", "gb18030"):
		try:
			return content.decode(_codec(name))
		except (UnicodeDecodeError, LookupError):
			continue
	return content.decode("utf-8", "replace")


def _codec(charset: str | None) -> str:
	name = SUCCESSOR.get((charset or "").strip("\"' ").lower(), charset or "")
	return codecs.lookup(name).name


def header(value) -> str:
	"""A header's text with all of its encoded words decoded, on one line."""
	words = []
	for part, charset in decode_header(str(value or "")):
		words.append(decode(part, charset) if isinstance(part, bytes) else part)
	return re.sub(r"\s+", " ", CONTROL.sub("", "".join(words))).strip()


def tidy(text: str) -> str:
	"""Text without control characters, trailing blanks and long gaps; addresses in angle brackets in round ones."""
	text = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))
	text = TAG_START.sub(
		"< ", BRACKETED.sub(r"(\1)", text)
	)  # a "<" of a text is no markup, and shall not be taken for it
	text = re.sub(r"[ \t]+\n", "\n", text)
	return re.sub(r"\n{3,}", "\n\n", text).strip()


def cut(text: str, characters: int) -> str:
	"""The beginning of the text that fits: at most so many characters, and what a text field holds in bytes."""
	most = MOST_BYTES - 1000  # room for the subject and a note
	short = text[: characters or None]
	return short.encode()[:most].decode(errors="ignore")


def without_quotes(text: str) -> str:
	"""What the sender wrote himself: the lines before the mail that he answers. All of it where he wrote below or nothing."""
	kept = []
	for line in text.split("\n"):
		if len(line) < 500 and QUOTE_BEGINS.fullmatch(line):
			break
		if not line.startswith(">"):
			kept.append(line)
	return "\n".join(kept).strip() or text


def of_html(html: str) -> str:
	"""The text that a reader of the HTML sees. Nothing is loaded."""
	reader = _Reader()
	reader.feed(html[:MOST_HTML])
	reader.close()
	return (
		"".join(reader.parts)
		if any(part.strip() for part in reader.parts)
		else re.sub(r"<[^<>]*>", " ", html[:MOST_HTML])
	)


def to_html(text: str) -> str:
	"""Plain text for places that show HTML."""
	return f"<div>{escape(text)}</div>".replace("\n", "<br>")


class _Reader(HTMLParser):
	"""Gathers text; blocks begin a line, cells are parted by a blank."""

	def __init__(self):
		super().__init__(convert_charrefs=True)
		self.parts: list[str] = []
		self.unseen = 0

	def handle_starttag(self, tag, attrs):
		if tag == "body":  # a head that is never closed ends here
			self.unseen = 0
		elif tag in UNSEEN:
			self.unseen += 1
		elif tag in BLOCKS:
			self.parts.append("\n")
		elif tag in ("td", "th"):
			self.parts.append(" ")

	def handle_startendtag(self, tag, attrs):
		if tag in BLOCKS:
			self.parts.append("\n")

	def handle_endtag(self, tag):
		if tag in UNSEEN:
			self.unseen = max(0, self.unseen - 1)
		elif tag in BLOCKS:
			self.parts.append("\n")

	def handle_data(self, data):
		if not self.unseen:
			self.parts.append(re.sub(r"\s+", " ", data))
