"""'Why this answer?' of answers from everything, and of those for which the model searched."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.types import (
    Autopsy,
    Cut,
    Examined,
    FileThrough,
    Hit,
    Passage,
    PromptPart,
    Reading,
    SearchMade,
    Stretch,
    Through,
)
from app.services.store import codec
from app.ui.app import make_application
from app.ui.theme import ThemeKeeper
from app.ui.why.why_view import WhyView

TOOLS = "/home/me/tools.pdf"


def view(qtbot: QtBot) -> WhyView:
    application = make_application()
    made = WhyView(ThemeKeeper(application))
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.show()
    return made


def through(*stretches: Stretch, by_model: bool = True) -> Autopsy:
    record = Through(
        "list",
        "named by the model",
        12,
        12,
        by_model,
        files=(FileThrough(TOOLS, 8, 2), FileThrough("/home/me/fees.md", 4)),
        stretches=stretches,
    )
    prompt = (PromptPart("user", "Read this text: ..."),) if by_model else ()
    return Autopsy("List all tools.", "List all tools.", prompt=prompt, through=record)


def cells(made: WhyView, row: int) -> list[str]:
    table = made.through.table
    found = (table.item(row, column) for column in range(3))
    return [item.text() for item in found if item is not None]


def test_what_the_model_said_of_each_stretch_is_shown(qtbot: QtBot) -> None:
    made = view(qtbot)
    read = [
        Stretch(TOOLS, n, 10 * n, 10 * n + 9, 2, f"- a saw {n}\n- a moon", ("a saw",), ("a moon",))
        for n in range(1, 21)
    ]
    autopsy = through(*read)
    # As it comes back from the database.
    made.show_autopsy(codec.load(Autopsy, codec.dump(autopsy)), "SmolLM2")
    assert made.through.isVisible()
    assert not made.table.isVisible()
    assert not made.open.isVisible()
    assert "12" in made.through.about.text()
    assert cells(made, 0) == ["tools.pdf, page 1", "- a saw 1 - a moon", "a saw"]
    tip = made.through.table.item(0, 0)
    assert tip is not None
    assert "a moon" in tip.toolTip()
    assert made.through.table.isRowHidden(19)
    made.through.more.click()
    assert not made.through.table.isRowHidden(19)
    assert not made.through.more.isVisible()
    made.through.table.selectRow(2)
    with qtbot.waitSignal(made.place_opened) as opened:
        QTest.keyClick(made.through.table, Qt.Key.Key_Return)
    assert opened.args == [TOOLS, 30, 39]
    assert made.prompt.isVisible()

    # Where code compared what is written, the documents stand there.
    made.show_autopsy(through(by_model=False), "")
    assert cells(made, 0) == ["tools.pdf", "8", "2"]
    assert cells(made, 1) == ["fees.md", "4", "–"]
    assert not made.prompt.isVisible()


def test_each_search_that_the_model_made_has_its_ranks(qtbot: QtBot) -> None:
    made = view(qtbot)
    passages = [Passage(n, 7, TOOLS, "Tools", n, (), 0, 20, f"passage {n}") for n in (1, 2, 3)]
    hits = [Hit(p, 0.9, 0.8, 1.0, keyword_rank=2, meaning_rank=1) for p in passages]
    first = SearchMade("tools", (Examined(hits[0]), Examined(hits[1], Cut.COUNT)), 0.8)
    second = SearchMade("moon", (Examined(hits[2], Cut.BELOW),), 0.1, "nothing near")
    autopsy = Autopsy(
        "Which tools?",
        "moon",
        found=second.found,
        searches=(first, second),
        reading=Reading.PASSAGES,
        relevance=0.4,
    )
    made.show_autopsy(codec.load(Autopsy, codec.dump(autopsy)), "SmolLM2")
    assert not made.table.isVisible()
    tables = made.searches.tables
    assert [each.rowCount() for each in tables] == [2, 1]
    assert [each.accessibleName() for each in tables] == [
        "Search 1: “tools”",
        "Search 2: “moon”",
    ]
    assert not made.open.isEnabled()
    tables[0].selectRow(1)
    assert made.open.isEnabled()
    with qtbot.waitSignal(made.expected) as expected:
        made.this.click()
    assert expected.args == [first.found[1]]
    # The next record leaves nothing of this one.
    made.show_autopsy(through(by_model=False), "")
    assert not made.searches.isVisible()
    assert made.searches.tables == []
