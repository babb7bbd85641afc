"""The Models page: the GGUF files there are, which one new chats use, and what they run on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import LoamError
from app.core.messages import DeviceList, Inspected, Warned
from app.core.process import Cancel
from app.ui.context import Context
from app.ui.icons import icon
from app.ui.page import Page
from app.ui.tokens import S8, S16, S24

if TYPE_CHECKING:
    from app.ui.models.rows import Row

_WIDEST = 860


class ModelsPage(Page):
    """Files are used where they lie; nothing is copied and nothing is deleted."""

    key = "models"
    title = "Models"
    icon = "box"
    order = 30

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        from app.ui.empty_state import EmptyState

        self._models = context.loam.models
        self._listing = False
        self._again = False
        self.infos: list[Inspected] = []
        self.broken: list[LoamError] = []
        self._devices: DeviceList | None = None

        title = QLabel(self.tr("Models"))
        title.setProperty("kind", "title")
        self._add = QPushButton(self.tr("Add a model"))
        self._add.setProperty("kind", "primary")
        self._add.setAccessibleName(self._add.text())
        self._add.setIconSize(QSize(24, 18))
        self._add.clicked.connect(self.choose_file)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self._add)
        hint = QLabel(
            self.tr(
                "A model is one GGUF file. Add one here or drop it on the window; it is used "
                "where it lies."
            )
        )
        hint.setProperty("kind", "hint")
        hint.setWordWrap(True)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(S8)
        device_title = QLabel(self.tr("This machine"))
        device_title.setProperty("kind", "heading")
        self._device_rows = QVBoxLayout()
        self._device_rows.setSpacing(S8)

        column = QVBoxLayout()
        column.setContentsMargins(S24, S16, S24, S24)
        column.setSpacing(S16)
        column.addLayout(head)
        column.addWidget(hint)
        column.addLayout(self._rows)
        column.addSpacing(S16)
        column.addWidget(device_title)
        column.addLayout(self._device_rows)
        column.addStretch(1)
        inside = QWidget()
        inside.setMaximumWidth(_WIDEST)
        inside.setLayout(column)
        across = QWidget()
        row = QHBoxLayout(across)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inside, 100)
        row.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(across)
        self._empty = EmptyState(
            context.theme, "box", self.tr("Add a GGUF model, and Loam can chat with it.")
        )
        self._empty.add_button(self.tr("Add a model"), self.choose_file)
        self._stack = QStackedWidget()
        self._stack.addWidget(area)
        self._stack.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        context.theme.changed.connect(self._draw)
        context.navigator.settings_changed.connect(lambda _settings: self._draw())

    def shown(self) -> None:
        self.refresh()
        if self._devices is None:
            self.context.tasks.run(
                lambda cancel: self._models.devices(cancel), on_event=self._take_devices
            )

    def accept_paths(self, paths: Sequence[str]) -> bool:
        models = [path for path in paths if path.lower().endswith(".gguf")]
        if not models:
            return False

        def work(cancel: Cancel) -> Iterator[object]:
            for path in models:
                try:
                    yield from self._models.add(Path(path), cancel)
                except LoamError as error:
                    yield Warned(error)

        self.context.tasks.run(
            work,
            title=self.tr("Adding a model"),
            on_event=self._added,
            on_done=self.refresh,
            shown=True,
        )
        return True

    def drop_hint(self, paths: Sequence[str]) -> str:
        return ""

    def choose_file(self) -> None:
        """Let the person choose a model file."""
        paths, _kind = QFileDialog.getOpenFileNames(
            self, self.tr("Add a model"), "", self.tr("Models (*.gguf)")
        )
        if paths:
            self.accept_paths(paths)

    def refresh(self) -> None:
        """Look at all files again. While that runs, one more look is kept for after it."""
        if self._listing:
            self._again = True
            return
        self._listing = True
        found: list[Inspected] = []
        broken: list[LoamError] = []

        def take(event: object) -> None:
            if isinstance(event, Inspected):
                found.append(event)
            elif isinstance(event, Warned):
                broken.append(event.error)

        def done() -> None:
            self._listing = False
            self.infos, self.broken = found, broken
            self._draw()
            if self._again:
                self._again = False
                self.refresh()

        self.context.tasks.run(
            lambda cancel: self._models.list(cancel), on_event=take, on_done=done
        )

    def use(self, path: str) -> None:
        """New chats take this model from now on."""
        try:
            now = self.context.loam.settings.change(model=path)
        except LoamError as error:
            self.context.notices.show(error)
            return
        self.context.navigator.settings_changed.emit(now)

    def remove(self, path: str) -> None:
        """Forget a linked model; Undo links it again."""
        before = self.context.loam.settings.current.model
        try:
            self._models.remove(Path(path))
        except LoamError as error:
            self.context.notices.show(error)
            return

        def undo() -> None:
            self.accept_paths([path])
            if before == path:
                self.use(path)

        self.context.notices.toast(
            self.tr("Removed {name}. Its file stays.").replace("{name}", Path(path).name), undo
        )
        self.context.navigator.settings_changed.emit(self.context.loam.settings.current)
        self.refresh()

    def _added(self, event: object) -> None:
        if isinstance(event, Warned):
            self.context.notices.show(event.error)

    def _take_devices(self, event: object) -> None:
        if isinstance(event, DeviceList):
            self._devices = event
            self._draw()

    def _draw(self) -> None:
        from app.ui.models.rows import BrokenRow, DeviceRow, ModelRow

        theme = self.context.theme
        self._add.setIcon(icon("plus", theme.tokens.on_accent))
        try:
            used = self._models.spec_for().path
        except LoamError:
            used = ""
        rows: list[Row] = []
        for each in self.infos:
            linked = self._models.is_link(Path(each.info.path))
            row = ModelRow(each.info, theme, each.info.path == used, linked)
            row.use_asked.connect(self.use)
            row.remove_asked.connect(self.remove)
            rows.append(row)
        rows += [BrokenRow(error, theme) for error in self.broken]
        _refill(self._rows, rows)
        devices = self._devices.devices if self._devices else ()
        _refill(self._device_rows, [DeviceRow(each, theme) for each in devices])
        empty = not rows and not self._listing
        self._stack.setCurrentIndex(1 if empty else 0)


def _refill(layout: QVBoxLayout, rows: Sequence[QWidget]) -> None:
    while (item := layout.takeAt(0)) is not None:
        old = item.widget()
        if old is not None:
            old.hide()
            old.deleteLater()
    for row in rows:
        layout.addWidget(row)


PAGE = ModelsPage
