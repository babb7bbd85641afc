"""Questions over everything in the real window: counted, offered, stopped, gone on, chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.types import Over, Status
from app.services.everything import service
from app.ui.chat.over_choice import OverChoice
from tests.window.conftest import Person, drawn

BIRDS = {
    "lake.md": "# Lake\n\nA heron stands in the lake. It came on 4 May 2021. Its ring cost 3.50 "
    "euros.\n",
    "wood.md": "# Wood\n\nAn owl lives in the wood. It was ringed on 9 June 2022 for €2.\n",
    "town.md": "# Town\n\nSwifts nest under the roof of the town hall, and a heron flew over it.\n",
}


@pytest.fixture
def birds(tmp_path: Path) -> Path:
    folder = tmp_path / "birds"
    folder.mkdir()
    for name, text in BIRDS.items():
        (folder / name).write_text(text)
    return folder


def choice_of(person: Person) -> OverChoice | None:
    return person.chats.view.over.choice


def test_a_count_is_exact_and_can_be_had_from_the_best_passages_instead(
    person: Person, qtbot: QtBot, birds: Path
) -> None:
    person.chats.show()
    person.drop(birds)
    person.wait_for_reading()
    answer = person.ask("How many documents mention a heron?")
    assert answer.over is Over.EVERYTHING
    assert "2 of 3 documents" in drawn(person.views()[-1])
    assert {Path(s.hit.passage.path).name for s in answer.sources} == {"lake.md", "town.md"}
    assert answer.stats is None, "the model was asked"

    person.press("Best passages instead", person.views()[-1])
    qtbot.waitUntil(lambda: person.chats.view.running or person.messages()[-1].id != answer.id)
    other = person.wait_for_answer()
    assert (other.over, other.branches) == (Over.BEST, 2)

    total = person.ask("What do the documents add up to?")
    seen = drawn(person.views()[-1])
    assert "Together 5.50 EUR: 2 amounts from 2 documents." in seen
    assert "town.md: there is no amount of money in it" in seen
    assert {Path(s.hit.passage.path).name for s in total.sources} >= {"lake.md", "wood.md"}
    assert total.stats is None, "the model was asked"
    assert person.errors() == []


def test_a_long_run_is_offered_stopped_and_gone_on_with(
    person: Person, qtbot: QtBot, birds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.chats.show()
    person.drop(birds)
    person.wait_for_reading()
    monkeypatch.setattr(service, "_LONG_S", 0.0)
    person.type("Summarise the documents")
    over = person.chats.view.over
    qtbot.waitUntil(lambda: over.bar is not None and over.bar.isVisible())
    assert over.bar is not None
    assert "in 3 files" in over.bar.accessibleName()
    assert person.messages() == [], "something was asked before the person chose"
    assert person.chats.view.composer.text == "Summarise the documents"

    person.press("Go through everything")
    person.wait_for_words(3)
    person.press("Stop: ")
    stopped = person.wait_for_answer()
    assert not over.bar.isVisible()
    assert (stopped.status, stopped.over) == (Status.STOPPED, Over.EVERYTHING)
    assert "[1]" in stopped.content
    assert stopped.note.startswith("stopped after")

    person.press("Continue", person.views()[-1])
    qtbot.waitUntil(lambda: person.messages()[-1].status is Status.COMPLETE)
    whole = person.wait_for_answer()
    assert whole.id == stopped.id
    for name in BIRDS:
        assert name in drawn(person.views()[-1])
    assert person.errors() == []


def test_what_is_read_is_chosen_beside_the_field_and_kept(
    person: Person, qtbot: QtBot, birds: Path
) -> None:
    person.chats.show()
    assert choice_of(person) is None, "there are no documents to choose from"
    person.drop(birds)
    person.wait_for_reading()
    choice = choice_of(person)
    assert choice is not None
    assert choice.isVisible()
    (best,) = [a for a in choice.menu().actions() if a.text() == "Best passages"]
    best.trigger()
    chat = person.chats.chat
    assert chat is not None
    assert person.loam.chats.get(chat.id).settings.over is Over.BEST
    person.limit(24)
    assert person.loam.chats.get(chat.id).settings.over is Over.BEST
    assert person.errors() == []
