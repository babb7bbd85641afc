"""Where the index by meaning is kept: on this machine or on a Chroma server, asked before the first
row of numbers leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QWidget

from app.core import servernames
from app.core.errors import BadInput, LoamError
from app.core.messages import IndexServerSeen
from app.services import index_place
from app.services.index_place import IndexPlace
from app.ui import server_form
from app.ui.documents import index_words
from app.ui.finetune.data.dialog import StepDialog
from app.ui.finetune.labels import text_label
from app.ui.models.rows import named_button, say
from app.ui.notices import what_text
from app.ui.tasks import Tasks
from app.ui.tokens import S8

_WIDE = 560
T = TypeVar("T")


class IndexDialog(StepDialog):
    """Accepted: it is kept where was said, and the child knows it."""

    def __init__(self, parent: QWidget, place: IndexPlace, tasks: Tasks) -> None:
        super().__init__(parent)
        self._place, self._tasks = place, tasks
        self._ticket = 0
        self._asking = False
        now = place.where
        self.say(
            self.tr("Where the index is kept"),
            self.tr(
                "Searches by meaning need an index of your passages. It is kept on this machine, "
                "or on a Chroma server when the library is too large for it. Documents, their text "
                "and the search by words stay here."
            ),
            self.tr("Use this server"),
        )
        self.address = QLineEdit(now.address)
        self.address.setPlaceholderText("http://192.168.1.5:8000")
        kept = self.tr("A token is kept; empty leaves it so") if now.has_token else ""
        self.token = server_form.secret_field(kept)
        self.tenant = QLineEdit(now.tenant)
        self.database = QLineEdit(now.database)
        for field in (self.tenant, self.database):
            field.setPlaceholderText(self.tr("The server's own default"))
        rows = (
            (self.tr("Address"), self.address),
            (self.tr("Token"), self.token),
            (self.tr("Tenant"), self.tenant),
            (self.tr("Database"), self.database),
        )
        self.body.addLayout(server_form.form(rows))
        self.leaves = text_label()
        self.warning = text_label("", "warning")
        self.agree = QCheckBox()
        self.test = named_button(self.tr("Test"), "", self.tr("the connection"))
        self.test.setAutoDefault(False)
        self.test.clicked.connect(self._press)
        self.state = text_label("", "hint")
        across = QHBoxLayout()
        across.setSpacing(S8)
        across.addWidget(self.test)
        across.addWidget(self.state, 1)
        self.body.addLayout(across)
        for widget in (self.leaves, self.warning, self.agree):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.here = named_button(self.tr("Keep it on this machine"), "", "")
        self.here.setAccessibleName(self.here.text())
        self.here.setAutoDefault(False)
        self.here.setVisible(bool(now.address))
        self.here.clicked.connect(self.go_back)
        self.feet.insertWidget(0, self.here)
        self.ok_button.clicked.disconnect()
        self.ok_button.clicked.connect(self.keep)
        self.address.textChanged.connect(lambda _text: self._look())
        self.agree.toggled.connect(lambda _on: self._look())
        self._look()
        self.address.setFocus()

    def try_it(self) -> None:
        """Ask the server whether it can be used."""
        self._ask(self._take)

    def keep(self) -> None:
        """Use the server that is written here, when it answers."""
        place, given, agreed = self._place, self._given(), self.agree.isChecked()
        self._ask(
            lambda _seen: self._run(
                lambda: place.use(*given, agreed=agreed), lambda _report: self.accept()
            )
        )

    def go_back(self) -> None:
        """Keep the index here, and nothing of it there."""
        self._run(self._place.back, self._came_back)

    def done(self, result: int) -> None:
        self._ticket += 1
        super().done(result)

    def _given(self) -> tuple[str, str | None, str, str]:
        token = self.token.text().strip() or None
        return self.address.text(), token, self.tenant.text(), self.database.text()

    def _press(self) -> None:
        if self._asking:
            # The server's answer is of no interest any more.
            self._ticket += 1
            self._ended()
            say(self.state, self.tr("Stopped."), "hint")
        else:
            self.try_it()

    def _ask(self, taken: Callable[[IndexServerSeen], None]) -> None:
        place, given = self._place, self._given()
        self._run(lambda: place.test(*given), taken)

    def _run(self, work: Callable[[], T], taken: Callable[[T], None]) -> None:
        """One piece of work; the buttons wait for it."""
        self._ticket += 1
        ticket, self._asking = self._ticket, True
        say(self.state, self.tr("Asking the server"), "hint")

        def take(result: T) -> None:
            if ticket == self._ticket:
                self._ended()
                taken(result)

        def fail(error: LoamError) -> None:
            if ticket == self._ticket:
                self._ended()
                say(self.state, what_text(error), "danger-text")
                self._fit()

        self._tasks.call(work, take, title=self.tr("Asking the index server"), on_error=fail)
        self._look()

    def _take(self, seen: IndexServerSeen) -> None:
        text = self.tr("It answers: Chroma {version}.").replace("{version}", seen.version)
        say(self.state, text, "hint")

    def _came_back(self, problem: LoamError | None) -> None:
        if problem is None:
            self.accept()
            return
        text = self.tr(
            "The index is on this machine again, but what the server has of it could not be "
            "deleted: {reason}."
        )
        self.here.hide()
        self.address.clear()
        say(self.state, text.replace("{reason}", problem.params.get("reason", "")), "danger-text")
        self._fit()

    def _ended(self) -> None:
        self._asking = False
        self._look()

    def _look(self) -> None:
        """Say what will leave, and let go on what can go on."""
        try:
            address = index_place.checked(self.address.text())
        except BadInput:
            address = ""
        leaves = index_words.leaves(address) if address else ""
        self.leaves.setText(leaves)
        self.leaves.setVisible(bool(leaves))
        say(self.warning, index_words.open_line(address) if address else "", "warning")
        place = servernames.place(address) if address else ""
        self.agree.setText(self.tr("This may go to {place}").replace("{place}", place))
        self.agree.setAccessibleName(self.agree.text())
        self.agree.setVisible(bool(leaves))
        asking = self._asking
        self.test.setText(self.tr("Stop") if asking else self.tr("Test"))
        self.test.setEnabled(bool(address) or asking)
        self.here.setEnabled(not asking)
        may = bool(address) and (not leaves or self.agree.isChecked())
        self.ok_button.setEnabled(may and not asking)
        self._fit()

    def _fit(self) -> None:
        layout = self.layout()
        assert layout is not None
        self.ensurePolished()
        wide = max(_WIDE, layout.minimumSize().width())
        self.setMinimumWidth(wide)
        layout.activate()
        self.resize(wide, layout.totalHeightForWidth(wide))
