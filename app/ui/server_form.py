"""What the dialogs that lead to a server have in common."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from app.ui.tokens import S8


def secret_field(kept: str) -> QLineEdit:
    """Where a key or token is typed. kept: what it says when one is kept already, '' when none."""
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setPlaceholderText(kept or _tr("None, unless the server asks for one"))
    field.setToolTip(_tr("Kept in this system's keyring, never in a file."))
    return field


def form(rows: Sequence[tuple[str, QWidget]]) -> QFormLayout:
    """Fields under their names, which are read out as well."""
    layout = QFormLayout()
    layout.setVerticalSpacing(S8)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for text, field in rows:
        field.setAccessibleName(text)
        layout.addRow(text, field)
    return layout


def _tr(text: str) -> str:
    return QCoreApplication.translate("ServerForm", text)
