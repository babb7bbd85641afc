"""The way of the Tab key through messages: from top to bottom, however late they were made.

Qt puts what is made later at the end, so messages would come after the panel beside them, and
earlier ones, drawn as the reader scrolls up, after later ones. Never ask for nextInFocusChain():
PySide then takes each widget for the child of the one before it, and Loam crashes later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.ui.chat.flow import Flow

_TAB = Qt.FocusPolicy.TabFocus.value


def put_in_order(before: QWidget, flows: Iterable[Flow]) -> None:
    """Let Tab go from `before` through what stands in the flows, one after the other."""
    for flow in flows:
        for widget in _inside(flow):
            if widget.focusPolicy().value & _TAB:
                QWidget.setTabOrder(before, widget)
                before = widget


def _inside(widget: QWidget) -> Iterator[QWidget]:
    yield widget
    if isinstance(widget, Flow):
        for item in widget.items:
            yield from _inside(item)
    else:
        yield from widget.findChildren(QWidget)
