"""Names that others gave, shown to the letter where Qt would read them as markup or as keys."""

from __future__ import annotations

from html import escape


def on_button(text: str) -> str:
    """For a button or a menu, where a single '&' would underline what follows and go."""
    return text.replace("&", "&&")


def tip(text: str) -> str:
    """For a tooltip, which takes a text with tags for HTML."""
    if "<" not in text:
        return text
    return f"<p>{escape(text)}</p>".replace("\n", "<br>")
