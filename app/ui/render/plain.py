"""Text that is no Markdown, as HTML, and which addresses are web addresses. Needs no parser, so
that the window can start without one."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit


def plain(text: str, css_class: str = "") -> str:
    """A person's own text as HTML: nothing in it is markup, lines and indentation stay."""
    kind = f' class="{css_class}"' if css_class else ""
    lines = escape(text).replace("\t", "    ").replace("\n", "<br>")
    return f'<p{kind} style="white-space:pre-wrap; margin-bottom:0px">{lines}</p>'


def is_web(address: str) -> bool:
    """Whether an address may be opened after asking: http(s) with a host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
