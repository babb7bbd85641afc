"""Which documents of its collections a chat answers from: files, folders, types, changed when."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.types import DocumentFile, SearchFilter
from app.ui import literal
from app.ui.chat.date_choice import DateChoice
from app.ui.chat.tick_box import TickBox
from app.ui.documents.kinds import kind_name
from app.ui.tokens import S8, S12, S16, S24

_SIZE = (520, 560)


class FilterDialog(QDialog):
    """`chosen` carries a SearchFilter; an empty one lets all documents count."""

    chosen = Signal(object)

    def __init__(
        self, parent: QWidget, files: Sequence[DocumentFile], current: SearchFilter
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Only some documents"))
        self.resize(*_SIZE)
        heading = QLabel(self.tr("Answer only from"))
        heading.setProperty("kind", "heading")
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find a file"))
        self.search.setAccessibleName(self.tr("Find a file"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._look)
        self.files = QListWidget()
        self.files.setProperty("kind", "list")
        self.files.setAccessibleName(self.tr("Files. None ticked: all of them"))
        for file in sorted(files, key=lambda each: each.name.casefold()):
            self._add(file, file.id in current.files)
        self.files.itemChanged.connect(self._count)
        self.about = QLabel()
        self.about.setProperty("kind", "hint")
        self.folders = TickBox(self.tr("Folders"), self.tr("All folders"))
        self.folders.offer(
            ((path, _short(path)) for path in _folders(files, current.folders)), current.folders
        )
        self.kinds = TickBox(self.tr("Types"), self.tr("All types"))
        kinds = sorted({*(each.kind for each in files), *current.kinds}, key=kind_name)
        self.kinds.offer(((kind, kind_name(kind)) for kind in kinds), current.kinds)
        self.changed = DateChoice(current.after, current.before)
        self._lay_out(heading)
        self._count()
        self.finished.connect(self.deleteLater)

    @property
    def filter(self) -> SearchFilter:
        """What is set."""
        items = [self.files.item(row) for row in range(self.files.count())]
        ticked = [each for each in items if each.checkState() is Qt.CheckState.Checked]
        return SearchFilter(
            files=tuple(sorted(each.data(Qt.ItemDataRole.UserRole) for each in ticked)),
            folders=self.folders.ticked,
            kinds=self.kinds.ticked,
            after=self.changed.after,
            before=self.changed.before,
        )

    def _lay_out(self, heading: QLabel) -> None:
        form = QFormLayout()
        form.setSpacing(S12)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignVCenter)
        form.addRow(self.tr("Folders"), self.folders)
        form.addRow(self.tr("Types"), self.kinds)
        form.addRow(self.tr("Changed"), self.changed)
        self.all_button = _button(self.tr("Use all documents"), "link")
        self.all_button.clicked.connect(lambda: self._choose(SearchFilter()))
        cancel = _button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.use_button = _button(self.tr("Use these"), "primary")
        self.use_button.setDefault(True)
        self.use_button.clicked.connect(lambda: self._choose(self.filter))
        feet = QHBoxLayout()
        feet.setSpacing(S8)
        feet.addWidget(self.all_button)
        feet.addStretch(1)
        feet.addWidget(cancel)
        feet.addWidget(self.use_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S24, S24, S16)
        layout.setSpacing(S12)
        for part in (heading, self.search, self.files, self.about):
            layout.addWidget(part)
        layout.addLayout(form)
        layout.addLayout(feet)

    def _add(self, file: DocumentFile, ticked: bool) -> None:
        item = QListWidgetItem(" ".join(file.name.splitlines()))
        # Rows of the height of their letters let the boxes touch.
        item.setSizeHint(QSize(0, self.fontMetrics().height() + S12))
        item.setData(Qt.ItemDataRole.UserRole, file.id)
        item.setToolTip(literal.tip(file.path))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.files.addItem(item)

    def _look(self, words: str) -> None:
        wanted = words.casefold().strip()
        for row in range(self.files.count()):
            item = self.files.item(row)
            item.setHidden(wanted not in item.text().casefold())

    def _count(self) -> None:
        ticked = len(self.filter.files)
        text = self.tr("{n} ticked") if ticked else self.tr("None ticked: all of them count")
        self.about.setText(text.replace("{n}", str(ticked)))

    def _choose(self, only: SearchFilter) -> None:
        self.chosen.emit(only)
        self.accept()


def _folders(files: Sequence[DocumentFile], chosen: Sequence[str]) -> list[str]:
    """Folders of the files and, where several share one above them, that one too."""
    own = {Path(each.path).parent for each in files}
    above = [parent for folder in own for parent in folder.parents]
    shared = {one for one in above if above.count(one) > 1 and len(one.parts) > 3}
    return sorted({str(one) for one in own | shared} | set(chosen))


def _short(path: str) -> str:
    parts = Path(path).parts
    return path if len(parts) < 4 else f"… / {' / '.join(parts[-2:])}"


def _button(text: str, kind: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(text)
    button.setProperty("kind", kind)
    return button
