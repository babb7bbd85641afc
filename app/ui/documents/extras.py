"""What the Documents page shows besides collections and files: the bar that asks for a passage, and
the test cases of the search."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSize
from PySide6.QtWidgets import QPushButton, QStackedWidget

from app.ui.context import Context
from app.ui.documents.cases_view import CasesView
from app.ui.documents.index_badge import IndexBadge
from app.ui.documents.picking import Picking
from app.ui.documents.reader import Reader
from app.ui.icons import icon


class Extras(QObject):
    """body: where the cases are shown; back: shows the files again; choose: those of a collection.
    `bar` goes above the page, `button` and `index` below its list; the button is there when there
    are cases, the badge when the index lives elsewhere."""

    def __init__(
        self,
        context: Context,
        body: QStackedWidget,
        reader: Reader,
        back: Callable[[], None],
        choose: Callable[[int], None],
    ) -> None:
        super().__init__(body)
        self._context = context
        self._body = body
        self._back = back
        self.cases: CasesView | None = None
        self.picking = Picking(context, reader)
        self.picking.begun.connect(self._begin)
        self._choose = choose
        self.bar = self.picking.bar
        self.index = IndexBadge(context)
        self.button = QPushButton(self.tr("Test cases"))
        self.button.setProperty("kind", "quiet")
        self.button.setIconSize(QSize(22, 18))
        self.button.setAccessibleName(self.button.text())
        self.button.setToolTip(self.tr("Questions of yours with the passage a search must find"))
        self.button.clicked.connect(self.show_cases)
        context.navigator.show_cases.connect(self.show_cases)
        context.navigator.cases_changed.connect(self.refresh)
        context.theme.changed.connect(self._tint)
        self._tint()
        self.refresh()

    def show_cases(self) -> None:
        """Bring the test cases to the front."""
        if self.cases is None:
            self.cases = CasesView(self._context)
            self.cases.closed.connect(self._back)
            self._body.addWidget(self.cases)
        self.cases.refresh()
        self._body.setCurrentWidget(self.cases)

    def _begin(self, collection_id: int) -> None:
        self._back()
        self._choose(collection_id)

    def refresh(self) -> None:
        """Whether there are cases to go to."""
        self.button.setVisible(bool(self._context.loam.cases.cases()))

    def _tint(self) -> None:
        self.button.setIcon(icon("circle-check", self._context.theme.tokens.quiet, gap=4))
