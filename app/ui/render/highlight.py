"""Colours of code by Pygments, loaded when the first code with a known language appears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from app.ui.tokens import Tokens

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Run:
    """code[start : start + length] is drawn as `role` (a field of Tokens less 'syntax_')."""

    start: int
    length: int
    role: str


def stream(code: str, language: str) -> Iterator[Run]:
    """Coloured stretches of a piece of code, in order; none for a language that is unknown."""
    lexer = _lexer(language)
    if lexer is None:
        return
    for start, kind, text in lexer.get_tokens_unprocessed(code):
        role = _role(kind)
        if role:
            yield Run(start, len(text), role)


def warm_up() -> None:
    """Load Pygments ahead of the first code; takes a moment, so do it off the GUI thread."""
    for _ in stream("pass", "python"):
        pass


def color(role: str, tokens: Tokens) -> str:
    """The colour of a role, '#RRGGBB'."""
    return str(getattr(tokens, f"syntax_{role}"))


def html(code: str, language: str, tokens: Tokens) -> str:
    """Code as escaped HTML with colours; very long code stays plain."""
    if len(code) > _LONGEST:
        return escape(code)
    pieces, at = [], 0
    for run in stream(code, language):
        end = run.start + run.length
        pieces.append(escape(code[at : run.start]))
        inner = escape(code[run.start : end])
        pieces.append(f'<span style="color:{color(run.role, tokens)}">{inner}</span>')
        at = end
    pieces.append(escape(code[at:]))
    return "".join(pieces)


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    if not language or len(language) > 40:
        return None
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(maxsize=512)
def _role(kind: _TokenType) -> str:
    from pygments.token import Token

    # Pygments gives `in` a meaning of its own for these: 'is a kind of'.
    parent: Any

    for parent, role in (
        (Token.Comment, "comment"),
        (Token.Literal.String, "string"),
        (Token.Literal.Number, "number"),
        (Token.Keyword.Type, "type"),
        (Token.Keyword, "keyword"),
        (Token.Operator.Word, "keyword"),
        (Token.Operator, "operator"),
        (Token.Name.Function, "name"),
        (Token.Name.Class, "type"),
        (Token.Name.Builtin, "name"),
        (Token.Name.Decorator, "name"),
        (Token.Name.Tag, "keyword"),
        (Token.Name.Attribute, "name"),
    ):
        if kind in parent:
            return role
    return ""
