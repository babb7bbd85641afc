"""Cards of sources fit their panel, whatever documents say."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from app.core.types import Hit, Passage, Source
from app.ui.chat.sources_panel import SourcesPanel
from app.ui.context import Context
from tests.patience import PatientBot

LONG = "Number,Tool,Kind,Maker,Power,Shelf,Bought,Price in euros"


@pytest.mark.parametrize(
    ("path", "heading", "text"),
    [
        ("/d/tools.csv", (LONG,), "1001,Claw hammer,Hand tool"),
        ("/d/" + "a" * 120 + ".pdf", (), "Short."),
        ("/d/log.txt", ("part_" * 30,), "https://example.org/" + "x" * 300),
    ],
)
def test_a_card_is_never_wider_than_its_panel(
    qtbot: PatientBot, context: Context, path: str, heading: tuple[str, ...], text: str
) -> None:
    panel = SourcesPanel(context.theme)
    qtbot.addWidget(panel)
    panel.resize(320, 600)
    passage = Passage(1, 1, path, "title", None, heading, 0, len(text), text)
    panel.show_sources((Source(1, Hit(passage, 0.5, 0.5, 1.0)),))
    panel.show()
    qtbot.waitExposed(panel)
    viewport = panel.area.viewport().width()
    body = panel.area.widget()
    assert body is not None
    qtbot.waitUntil(lambda: body.width() > 100)
    assert body.width() <= viewport
    labels = body.findChildren(QLabel)
    shown = {label.text().replace("\u200b", "") for label in labels}
    assert text in shown
    assert all(each in shown for each in heading)


def test_numbers_stay_whole(qtbot: PatientBot, context: Context) -> None:
    panel = SourcesPanel(context.theme)
    qtbot.addWidget(panel)
    text = "The roof costs 86,000 euros or 1,250,000 crowns."
    passage = Passage(1, 1, "/d/a.txt", "a", None, (), 0, len(text), text)
    panel.show_sources((Source(1, Hit(passage, 0.5, 0.5, 1.0)),))
    assert text in {label.text() for label in panel.findChildren(QLabel)}
