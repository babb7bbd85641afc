"""All that Loam says of a graphics card that it does not use, from simulated facts, on a sheet."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.unused import CardFull, NotChosen
from app.engine.device_choice import describe
from app.ui.models.rows import DeviceRow
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S24
from tests.engine.test_devices import CASES, PROCESSOR, RTX

_WIDTH = 860


def sheet(theme: ThemeKeeper) -> QWidget:
    """Shown off screen, as high as it must be."""
    page = QWidget()
    page.setProperty("kind", "page")
    page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(page)
    column.setContentsMargins(S24, S24, S24, S24)
    column.setSpacing(S8)
    last = None
    for kind, facts, *_ in CASES.values():
        (last,) = [each for each in describe([PROCESSOR], facts) if each.kind == kind]
        column.addWidget(DeviceRow(last, theme))
    assert last is not None
    for why in (
        CardFull(card=RTX.name, label="CUDA", free="0.3 GB"),
        NotChosen(card=RTX.name, label="CUDA"),
    ):
        column.addWidget(DeviceRow(dataclasses.replace(last, name="CUDA", why=why), theme))
    page.setFixedWidth(_WIDTH)
    page.show()
    page.setFixedHeight(column.totalHeightForWidth(_WIDTH))
    return page
