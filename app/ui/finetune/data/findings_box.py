"""What the checks found in one row, in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.services.dataset.types import Finding, Kind, Row
from app.ui.finetune.data import say
from app.ui.finetune.labels import text_label
from app.ui.tokens import S4

_PERSONAL = (Kind.EMAIL, Kind.PHONE, Kind.CARD, Kind.IBAN)


class FindingsBox(QWidget):
    """`related_asked` carries the id of the other row that a finding is about."""

    related_asked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(S4)

    def show_findings(self, row: Row, findings: Sequence[Finding]) -> None:
        """Those of one row, in place of the ones before."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for finding in findings:
            label = text_label(_words(row, finding), "warning")
            label.setToolTip(say.about_kind(finding.kind))
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._column.addWidget(label)
            if finding.related and finding.related != row.id:
                self._column.addWidget(self._link(finding.related))
        self.setVisible(bool(findings))

    def _link(self, row_id: int) -> QPushButton:
        link = QPushButton(self.tr("Show row {n}").replace("{n}", str(row_id)))
        link.setProperty("kind", "link")
        link.setAccessibleName(link.text())
        link.clicked.connect(lambda: self.related_asked.emit(row_id))
        return link


def _words(row: Row, finding: Finding) -> str:
    if finding.kind in _PERSONAL and 0 <= finding.turn < len(row.turns):
        said = row.turns[finding.turn].content[finding.start : finding.end]
        return f"{say.kind(finding.kind)}: {said}"
    return finding.detail
