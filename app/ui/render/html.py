"""Markdown to the HTML that Qt's text documents understand.

Raw HTML is shown as text, pictures are never fetched, only http(s) links are links. `[n]` becomes
a chip when there is a source with that number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from app.ui.render import doubts, highlight
from app.ui.render.blocks import Block
from app.ui.render.look import Look
from app.ui.render.math import Formula, MathShelf, Wanted
from app.ui.render.math_rules import add_math
from app.ui.render.plain import is_web
from app.ui.tokens import S8

_SPECIAL = re.compile(r"\[(\d{1,3})\]|https?://[^\s<>\"')\]\ue0d1]*[^\s<>\"')\].,;:!?*_\ue0d1]")


class HtmlWriter:
    """Writes blocks in one look. cites: numbers of the sources that a chip may name."""

    def __init__(self, look: Look, math: MathShelf, cites: Collection[int] = ()) -> None:
        self._markdown = MarkdownIt(
            "commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer
        )
        self._markdown.enable(["table", "strikethrough"])
        self._markdown.disable(["html_block", "html_inline"])
        add_math(self._markdown)
        renderer = self._markdown.renderer
        assert isinstance(renderer, _Renderer)
        renderer.begin(look, math)
        self._renderer = renderer
        self.cites = frozenset(cites)
        self.doubts = False
        """Whether marks of `doubts` in the source become links."""

    def write(self, block: Block) -> str:
        """HTML of one TEXT block."""
        source = f"{block.definitions}\n\n{block.source}" if block.definitions else block.source
        self._renderer.cites = self.cites
        html = str(self._markdown.render(source, {})).rstrip("\n")
        return doubts.linked(html) if self.doubts else html


class _Renderer(RendererHTML):
    """Methods are named for the token that they write, as markdown-it wants it."""

    cites: frozenset[int] = frozenset()
    _look: Look
    _math: MathShelf
    _links: list[bool]

    def begin(self, look: Look, math: MathShelf) -> None:
        self._look = look
        self._math = math
        self._links = []
        # The plug-in for formulas brings rules of its own; these go before them.
        for name in ("math_inline", "math_inline_double", "math_block"):
            self.rules[name] = getattr(self, name)

    def text(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        content = tokens[idx].content
        if self._links:
            return escape(content)
        pieces, at = [], 0
        for match in _SPECIAL.finditer(content):
            pieces.append(escape(content[at : match.start()]))
            pieces.append(self._special(match))
            at = match.end()
        pieces.append(escape(content[at:]))
        return "".join(pieces)

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        address = str(tokens[idx].attrGet("href") or "")
        self._links.append(is_web(address))
        return f'<a href="{escape(address)}">' if self._links[-1] else ""

    def link_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return "</a>" if self._links.pop() else ""

    def image(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        token = tokens[idx]
        address = str(token.attrGet("src") or "")
        name = escape(token.content or address)
        if is_web(address) and not self._links:
            return f'<a href="{escape(address)}">{name}</a>'
        return name

    def fence(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        info = tokens[idx].info.split(maxsplit=1)
        return self._code(tokens[idx].content, info[0].lower() if info else "")

    def code_block(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return self._code(tokens[idx].content, "")

    def code_inline(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        # Qt drops the ground of plain spaces at the ends.
        return f"<code>&nbsp;{escape(tokens[idx].content)}&nbsp;</code>"

    def table_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        line = self._look.tokens.line
        return (
            f'<table border="1" cellspacing="0" cellpadding="6" '
            f'style="border-collapse:collapse; border-color:{line}; margin:0 0 {S8}px 0">'
        )

    def blockquote_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        # Qt knows no border on one side only: a narrow cell draws it.
        line = self._look.tokens.edge
        return (
            f'<table cellspacing="0" cellpadding="0" style="margin:0 0 {S8}px 0"><tr>'
            f'<td width="3" bgcolor="{line}"></td>'
            f'<td class="quote" style="padding-left:{S8}px">'
        )

    def blockquote_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return "</td></tr></table>"

    def s_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return '<span style="text-decoration:line-through">'

    def s_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return "</span>"

    def math_inline(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return self._formula(tokens[idx].content, display=False)

    def math_inline_double(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        return self._formula(tokens[idx].content, display=True)

    def math_block(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]
    ) -> str:
        inner = self._formula(tokens[idx].content, display=True)
        return f'<p align="center">{inner}</p>'

    # --- helpers ---------------------------------------------------------------------------------

    def _special(self, match: re.Match[str]) -> str:
        if match[1] is None:
            address = escape(match[0])
            return f'<a href="{address}">{address}</a>' if is_web(match[0]) else address
        number = int(match[1])
        if number not in self.cites:
            return escape(match[0])
        image = f'<img src="chip:{number}" style="vertical-align:middle">'
        return f'<a href="cite:{number}">{image}</a>'

    def _code(self, code: str, language: str) -> str:
        return f"<pre>{highlight.html(code.rstrip(chr(10)), language, self._look.tokens)}</pre>"

    def _formula(self, latex: str, display: bool) -> str:
        latex = doubts.without(latex.strip())
        look = self._look
        formula = self._math.get(
            Wanted(latex, display, look.tokens.text, look.pixels, look.x_height)
        )
        if formula is None:
            mark = "$$" if display else "$"
            return f"<code>{escape(mark + latex + mark)}</code>"
        return _picture(formula)


def _picture(formula: Formula) -> str:
    return (
        f'<img src="{formula.name}" width="{formula.width}" height="{formula.height}" '
        f'style="vertical-align:middle">'
    )
