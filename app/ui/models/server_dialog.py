"""Connect to a server: its address and key, which of its models, and where text will go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QWidget,
)

from app.core import servernames
from app.core.errors import BadInput, Cancelled, LoamError
from app.core.messages import Served
from app.core.process import Cancel
from app.core.types import SERVER_CONTEXT, Server, ServerModel
from app.services.servers import ServerService
from app.ui import server_form, server_words, words
from app.ui.finetune.data.dialog import StepDialog
from app.ui.finetune.labels import text_label
from app.ui.models import facts
from app.ui.models.certificate_field import CertificateField
from app.ui.models.rows import named_button, say
from app.ui.notices import do_text, what_text
from app.ui.spin import inset
from app.ui.tasks import Task, Tasks
from app.ui.tokens import S8

_WIDE = 540
_LIST = 150


class ServerDialog(StepDialog):
    """Keeps what is chosen when it is accepted. server: the one to change, None for a new one."""

    def __init__(
        self, parent: QWidget, service: ServerService, tasks: Tasks, server: Server | None
    ) -> None:
        super().__init__(parent)
        self._service, self._tasks, self._before = service, tasks, server
        self._task: Task | None = None
        self._closed = False
        self._found: Served | None = None
        self._found_at = server.address if server else ""
        self.say(
            self.tr("Edit the connection") if server else self.tr("Connect to a server"),
            self.tr(
                "A model can also answer from a server that speaks the OpenAI API: llama-server, "
                "vLLM, Ollama, LM Studio. Chats, documents and citations stay as they are."
            ),
            self.tr("Save") if server else self.tr("Connect"),
        )
        self.address = QLineEdit(server.address if server else "")
        self.address.setPlaceholderText("http://192.168.1.5:8080")
        self.title = QLineEdit(server.title if server else "")
        self.title.setPlaceholderText(self.tr("Its address, unless you call it something"))
        kept = server is not None and server.has_key
        self.key = server_form.secret_field(
            self.tr("A key is kept; empty leaves it so") if kept else ""
        )
        self.certificate = CertificateField(server.certificate if server else "")
        self.context = QSpinBox()
        inset(self.context)
        self.context.setRange(256, 10_000_000)
        self.context.setSingleStep(1024)
        self.context.setGroupSeparatorShown(True)
        self.context.setValue(SERVER_CONTEXT)
        self.context.setToolTip(
            self.tr("How much the model keeps in mind, in tokens. This server does not tell.")
        )
        rows = (
            (self.tr("Address"), self.address),
            (self.tr("Name"), self.title),
            (self.tr("Key"), self.key),
            (self.tr("Certificate"), self.certificate),
        )
        self._form = server_form.form(rows)
        self.body.addLayout(self._form)
        self.where = text_label("", "hint")
        self.warning = text_label("", "warning")
        self.test = named_button(self.tr("Test"), "", self.tr("the connection"))
        self.test.setAutoDefault(False)
        self.test.clicked.connect(self._press)
        self.state: QLabel = text_label("", "hint")
        self.untaken = text_label(
            self.tr(
                "Top-k, Min-p and Repeat penalty of a chat have no effect there: it takes none of "
                "them."
            ),
            "hint",
        )
        self.untaken.hide()
        across = QHBoxLayout()
        across.setSpacing(S8)
        across.addWidget(self.test)
        across.addWidget(self.state, 1)
        self.models = QListWidget()
        self.models.setAccessibleName(self.tr("Models of the server"))
        self.models.setProperty("kind", "list")
        self.models.itemChanged.connect(lambda _item: self._look())
        self._context_words = QLabel(self.tr("Context length (tokens)"))
        self.context.setAccessibleName(self._context_words.text())
        below = QHBoxLayout()
        below.addWidget(self._context_words)
        below.addWidget(self.context)
        below.addStretch(1)
        for widget in (self.where, self.warning):
            self.body.addWidget(widget)
        self.body.addLayout(across)
        self.body.addWidget(self.models)
        self.body.addLayout(below)
        self.body.addWidget(self.untaken)
        self.body.addStretch(1)
        self.ok_button.clicked.disconnect()
        self.ok_button.clicked.connect(self.keep)
        self.address.textChanged.connect(lambda _text: self._look())
        self.address.returnPressed.connect(self.look_up)
        known = server.models if server else ()
        self._show_models(known, {model.name for model in known})
        self._fit()
        self.address.setFocus()

    @property
    def chosen(self) -> tuple[ServerModel, ...]:
        """The models that are ticked, with the context that will be reckoned with."""
        found = []
        for row in range(self.models.count()):
            item = self.models.item(row)
            if item.checkState() is Qt.CheckState.Checked:
                model: ServerModel = item.data(Qt.ItemDataRole.UserRole)
                found.append(replace(model, context=model.context or self.context.value()))
        return tuple(found)

    def look_up(self) -> None:
        """Ask the server for its models."""
        try:
            address = servernames.checked(self.address.text())
        except BadInput as error:
            self._tell(error)
            return
        service, key = self._service, self._key_for(address)
        certificate = self.certificate.path

        def work(cancel: Cancel) -> Iterator[object]:
            yield service.look(address, key(), cancel, certificate)

        asking = self.tr("Asking {place}").replace("{place}", servernames.place(address))
        say(self.state, asking, "hint")
        self._task = self._tasks.run(
            work,
            title=self.tr("Asking the server"),
            on_event=lambda found: self._take(address, found),
            on_error=self._tell,
            on_done=self._ended,
        )
        self._look()

    def keep(self) -> None:
        """Keep the server as it is written here, and close."""
        before, book = self._before, self._service.book
        address = servernames.checked(self.address.text())
        kind = self._found.kind if self._found else before.kind if before else ""
        made = replace(
            before or Server(address),
            address=address,
            title=self.title.text(),
            models=self.chosen,
            kind=kind,
            certificate=self.certificate.path,
        )
        key = self.key.text().strip() or None
        self.ok_button.setEnabled(False)

        def work() -> Server:
            return book.move(before, made, key) if before else book.put(made, key)

        self._tasks.call(work, lambda _kept: self.accept(), on_error=self._tell)

    def done(self, result: int) -> None:
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        super().done(result)

    def _press(self) -> None:
        if self._task is not None:
            self._task.cancel()
        else:
            self.look_up()

    def _key_for(self, address: str) -> Callable[[], str]:
        """What finds the key to ask with; the keyring may wait, so that it is asked in a thread."""
        typed, before, book = self.key.text().strip(), self._before, self._service.book
        if typed or before is None or before.address != address:
            return lambda: typed
        return lambda: book.key(before)

    def _take(self, address: str, found: object) -> None:
        if self._closed or not isinstance(found, Served):
            return
        self._found, self._found_at = found, address
        names = [model.name for model in found.models]
        before = self._before.models if self._before else ()
        old = {model.name for model in before}
        for model in found.models:
            # What the person said of a model that its server tells nothing of.
            said = [each.context for each in before if each.name == model.name and each.context]
            if said and not model.context:
                self.context.setValue(said[0])
        self._show_models(found.models, set(names) if len(names) == 1 else old)
        self.untaken.setVisible(bool(names) and found.kind not in servernames.SAMPLERS)
        if not names:
            say(self.state, self.tr("The server answers, but it has no models."), "warning")
            return
        text = self.tr("It answers. It has {n} models; tick those that you want.")
        if len(names) == 1:
            text = self.tr("It answers, and has one model.")
        say(self.state, text.replace("{n}", words.number(len(names))), "hint")

    def _tell(self, error: LoamError) -> None:
        if self._closed:
            return
        if isinstance(error, Cancelled):
            say(self.state, self.tr("Stopped."), "hint")
        else:
            say(self.state, f"{what_text(error)} {do_text(error)}".strip(), "danger-text")
        self._look()
        self._fit()

    def _ended(self) -> None:
        self._task = None
        if not self._closed:
            self._look()
            self._fit()

    def _show_models(self, models: Sequence[ServerModel], ticked: set[str]) -> None:
        self.models.blockSignals(True)
        self.models.clear()
        for model in models:
            context = facts.context(model.context)
            item = QListWidgetItem(facts.joined([server_words.short_name(model.name), context]))
            item.setToolTip(model.name)
            item.setData(Qt.ItemDataRole.UserRole, model)
            on = model.name in ticked
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self.models.addItem(item)
        self.models.blockSignals(False)
        row = self.models.sizeHintForRow(0) if models else 0
        self.models.setFixedHeight(min(_LIST, row * len(models) + 2 * S8))
        self.models.setVisible(bool(models))
        untold = any(not model.context for model in models)
        self.context.setVisible(untold)
        self._context_words.setVisible(untold)
        self._look()

    def _look(self) -> None:
        """Say where text will go, and let go on what can go on."""
        try:
            address = servernames.checked(self.address.text())
        except BadInput:
            address = ""
        # Without encryption there is nothing to trust.
        secure = address.startswith("https:")
        self._form.setRowVisible(self.certificate, secure or bool(self.certificate.path))
        say(self.where, server_words.where(address) if address else "", "hint")
        self.where.setToolTip(server_words.explained(address) if address else "")
        say(self.warning, server_words.open_line(address) if address else "", "warning")
        asking = self._task is not None
        self.test.setText(self.tr("Stop") if asking else self.tr("Test"))
        self.test.setEnabled(bool(address))
        known = bool(address) and address == self._found_at
        self.ok_button.setEnabled(known and bool(self.chosen) and not asking)

    def _fit(self) -> None:
        layout = self.layout()
        assert layout is not None
        self.ensurePolished()
        wide = max(_WIDE, layout.minimumSize().width())
        self.setMinimumWidth(wide)
        self.resize(wide, layout.totalHeightForWidth(wide))
