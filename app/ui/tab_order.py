"""The way of the Tab key: as things stand on the page, not as they were made.

Qt puts what is made later at the end, so the messages of a chat would come after the panel beside
them, and earlier ones, drawn as the reader scrolls up, after later ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.ui.chat.flow import Flow

_TAB = Qt.FocusPolicy.TabFocus.value
_Key = tuple[int, int, tuple[int, ...], int]


def put_in_order(panes: Sequence[QWidget]) -> None:
    """Let Tab go through the panes one after the other. Inside them the way stays, but for what
    stands in a Flow, which is gone through from top to bottom where the outermost one is."""
    chain = [panes[0]]
    while (following := chain[-1].nextInFocusChain()) not in (None, chain[0]):
        chain.append(following)
    places = {widget: place for place, widget in enumerate(chain)}
    found: list[tuple[_Key, QWidget]] = []
    for number, pane in enumerate(panes):
        for widget in chain:
            if widget.focusPolicy().value & _TAB and pane.isAncestorOf(widget):
                outermost, path = _path(widget)
                found.append(((number, places[outermost], path, places[widget]), widget))
    wanted = [widget for _key, widget in sorted(found, key=lambda each: each[0])]
    if [places[widget] for widget in wanted] != sorted(places[widget] for widget in wanted):
        for before, after in pairwise(wanted):
            QWidget.setTabOrder(before, after)


def _path(widget: QWidget) -> tuple[QWidget, tuple[int, ...]]:
    """The outermost Flow that a widget stands in (itself when there is none), and its place in
    each one on the way there."""
    outermost, path = widget, list[int]()
    while (parent := widget.parentWidget()) is not None:
        if isinstance(parent, Flow) and widget in parent.items:
            path.insert(0, parent.items.index(widget))
            outermost = parent
        widget = parent
    return outermost, tuple(path)
