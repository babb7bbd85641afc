"""The check of an answer in the real window: kept, summed up, marked, and hidden again."""

from __future__ import annotations

import shutil
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.core.paths import resources
from app.services import checking
from app.ui.chat.check_line import CheckLine
from tests.ui.test_chat_checks import underlined
from tests.window.conftest import PATIENCE_MS, Person

HANDBOOK = resources() / "samples" / "member-handbook.pdf"


def test_a_tiny_model_that_may_invent_is_found_out(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    shutil.copy(HANDBOOK, tmp_path / "handbook.pdf")
    assert person.chats.isVisible()
    person.drop(tmp_path / "handbook.pdf")
    person.wait_for_reading()
    # Else what no passage says is left out of the answer of a tiny model.
    settings = person.chats.side.settings
    settings.only_documents.setChecked(False)
    settings.flush()
    answer = person.ask("Write a long story about the library and its history.")
    doubted = [each for each in answer.checks if not each.supported]
    assert doubted, "the model has kept to the text; ask for something that it must invent"
    (line,) = person.views()[-1].findChildren(CheckLine)
    assert line.words.text() == checking.summary(answer.checks)
    qtbot.waitUntil(lambda: bool(underlined(person.views()[-1])), timeout=PATIENCE_MS)
    first = answer.content[doubted[0].start : doubted[0].end]
    assert first.split()[-1].strip(".*_") in underlined(person.views()[-1])
    person.press("Hide marks")
    assert underlined(person.views()[-1]) == ""
    assert person.errors() == []
