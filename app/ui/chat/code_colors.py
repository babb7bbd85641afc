"""Colours of a code block that may still grow, a few milliseconds at a time.

While code streams, only its last stretch is lexed again; once it is whole, all of it is, in
slices between turns of the event loop. Very long code keeps the colours of the stream.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app.ui.render import highlight
from app.ui.render.highlight import Run
from app.ui.tokens import Tokens

_CUT, _LONGEST_CUT = 600, 1500
_WHOLE = 200_000
_SLICE_SECONDS = 0.004


class CodeColors(QSyntaxHighlighter):
    """Paints a document of plain code."""

    def __init__(self, document: QTextDocument, tokens: Tokens) -> None:
        super().__init__(document)
        self._document = document
        self._tokens = tokens
        self._language = ""
        self._lines: dict[int, list[tuple[int, int, str]]] = {}
        self._formats: dict[str, QTextCharFormat] = {}
        self._begin = 0
        self._begin_line = 0
        self._pending: Iterator[Run] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._slice)

    def restyle(self, tokens: Tokens) -> None:
        """Other colours."""
        self._tokens = tokens
        self._formats.clear()
        self.rehighlight()

    def grew(self, code: str, language: str) -> None:
        """The code became longer: colour its last stretch again."""
        if language != self._language:
            self._language = language
            self._begin = self._begin_line = 0
        while len(code) - self._begin > _LONGEST_CUT:
            cut = _cut_place(code, self._begin)
            self._color(code, self._begin, cut, self._begin_line)
            self._begin_line += code.count("\n", self._begin, cut)
            self._begin = cut
        self._color(code, self._begin, len(code), self._begin_line)

    def whole(self, code: str, language: str) -> None:
        """The code is complete: colour all of it, correctly."""
        self._language = language
        if len(code) <= _LONGEST_CUT:
            self._color(code, 0, len(code), 0)
        elif len(code) <= _WHOLE:
            self._code = code
            self._fresh: dict[int, list[tuple[int, int, str]]] = {}
            self._at = self._at_line = self._line_start = 0
            self._pending = iter(highlight.stream(code, language))
            self._timer.start()

    def highlightBlock(self, text: str) -> None:
        for start, length, role in self._lines.get(self.currentBlock().blockNumber(), ()):
            self.setFormat(start, length, self._format(role))

    def _color(self, code: str, start: int, end: int, line: int) -> None:
        piece = code[start:end]
        found: dict[int, list[tuple[int, int, str]]] = {}
        at, line_start, number = 0, 0, line
        for run in highlight.stream(piece, self._language):
            number += piece.count("\n", at, run.start)
            newline = piece.rfind("\n", at, run.start)
            line_start = newline + 1 if newline >= 0 else line_start
            at = run.start
            _spread(found, piece[run.start : run.start + run.length], number, at - line_start, run)
        last = line + piece.count("\n")
        for each in range(line, last + 1):
            self._replace(each, found.get(each, []))

    def _slice(self) -> None:
        deadline = time.monotonic() + _SLICE_SECONDS
        assert self._pending is not None
        code = self._code
        for run in self._pending:
            newline = code.rfind("\n", self._at, run.start)
            if newline >= 0:
                passed = self._at_line
                self._at_line += code.count("\n", self._at, run.start)
                self._line_start = newline + 1
                self._show_fresh(passed, self._at_line)
            self._at = run.start
            text = code[run.start : run.start + run.length]
            _spread(self._fresh, text, self._at_line, run.start - self._line_start, run)
            if time.monotonic() > deadline:
                return
        self._timer.stop()
        self._pending = None
        self._show_fresh(self._at_line, self._document.blockCount())

    def _show_fresh(self, first: int, end: int) -> None:
        for line in range(first, end):
            self._replace(line, self._fresh.pop(line, []))

    def _replace(self, line: int, runs: list[tuple[int, int, str]]) -> None:
        if self._lines.get(line, []) != runs:
            self._lines[line] = runs
            block = self._document.findBlockByNumber(line)
            if block.isValid():
                self.rehighlightBlock(block)

    def _format(self, role: str) -> QTextCharFormat:
        if role not in self._formats:
            form = QTextCharFormat()
            form.setForeground(QColor(highlight.color(role, self._tokens)))
            self._formats[role] = form
        return self._formats[role]


def _cut_place(code: str, begin: int) -> int:
    """Where a stretch of code may end: before a line at the margin after a blank one, else at a
    line's end, else anywhere."""
    at = code.find("\n\n", begin + _CUT, begin + _LONGEST_CUT)
    while at >= 0:
        after = code[at + 2 : at + 3]
        if after and not after.isspace():
            return at + 2
        at = code.find("\n\n", at + 1, begin + _LONGEST_CUT)
    at = code.rfind("\n", begin, begin + _LONGEST_CUT)
    return at + 1 if at >= 0 else begin + _LONGEST_CUT


def _spread(
    lines: dict[int, list[tuple[int, int, str]]], text: str, line: int, column: int, run: Run
) -> None:
    """Enter a run, which may go over several lines, by line."""
    for part in text.split("\n"):
        if part:
            lines.setdefault(line, []).append((column, len(part), run.role))
        line, column = line + 1, 0
