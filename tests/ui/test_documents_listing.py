"""Lists on the Documents page that come late: the window ends up with the newest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.core.messages import FileChanged
from app.core.paths import Profile
from tests import patience
from tests.ui.frame_helpers import Frame, frame


class Late:
    """Calls of a function whose answers, each as it was when asked for, wait to be let go."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.doors: list[threading.Event] = []

    def __call__(self, *arguments: object) -> Any:
        answer = self._function(*arguments)
        door = threading.Event()
        self.doors.append(door)
        assert door.wait(patience.SECONDS)
        return answer

    def let_all_go(self) -> None:
        for door in self.doors:
            door.set()


@pytest.fixture
def made(qtbot: QtBot, profile: Profile) -> Iterator[Frame]:
    with frame(profile) as made:
        first = made.library.create("Papers")
        list(made.library.add(first.id, ["/x/fox.txt"]))
        made.window.show_page("documents")
        qtbot.waitUntil(lambda: names(made) == ["fox.txt"])
        settle(made, qtbot)
        yield made


def settle(made: Frame, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not made.context.tasks.running)


def names(made: Frame) -> list[str]:
    model = made.documents.files.model
    return [model.file(row).name for row in range(model.rowCount())]


def hold(made: Frame, what: str, monkeypatch: pytest.MonkeyPatch) -> Late:
    late = Late(getattr(made.library, what))
    monkeypatch.setattr(made.library, what, late)
    return late


def asked(late: Late, qtbot: QtBot, times: int) -> None:
    qtbot.waitUntil(lambda: len(late.doors) == times)


def test_a_list_from_before_a_file_came_does_not_take_it_away(
    made: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, (papers,) = made.documents, made.library.collections()
    late = hold(made, "files", monkeypatch)
    page.refresh()
    asked(late, qtbot, 1)
    fox = page.files.model.file(0)
    hare = replace(fox, id=fox.id + 1, name="hare.txt", path="/x/hare.txt")
    made.library.kept[papers.id].append(hare)
    made.context.navigator.file_changed.emit(FileChanged(hare))
    made.context.navigator.file_changed.emit(FileChanged(replace(hare, id=999, collection_id=999)))
    assert names(made) == ["fox.txt", "hare.txt"]
    page.files.table.selectRow(1)
    late.let_all_go()
    settle(made, qtbot)
    assert names(made) == ["fox.txt", "hare.txt"]
    assert [each.name for each in page.files.table.selected()] == ["hare.txt"]
    # A list that was asked for afterwards knows better.
    made.library.kept[papers.id].remove(hare)
    page.refresh()
    asked(late, qtbot, 2)
    late.let_all_go()
    settle(made, qtbot)
    assert names(made) == ["fox.txt"]


def test_of_two_lists_the_one_asked_for_last_stays(
    made: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, (papers,) = made.documents, made.library.collections()
    late = hold(made, "files", monkeypatch)
    page.refresh()
    asked(late, qtbot, 1)
    list(made.library.add(papers.id, ["/x/owl.txt"]))
    page.refresh()
    asked(late, qtbot, 2)
    late.doors[1].set()
    qtbot.waitUntil(lambda: names(made) == ["fox.txt", "owl.txt"])
    page.files.table.selectRow(1)
    late.doors[0].set()
    settle(made, qtbot)
    assert names(made) == ["fox.txt", "owl.txt"]
    assert [each.name for each in page.files.table.selected()] == ["owl.txt"]


def test_a_new_collection_stays_chosen_when_an_older_overview_comes(
    made: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = made.documents
    late = hold(made, "collections", monkeypatch)
    page.refresh()
    asked(late, qtbot, 1)
    recipes = made.library.create("Recipes")
    # Its number counts, also when somebody asks once more without one.
    page.refresh(recipes.id)
    asked(late, qtbot, 2)
    page.refresh()
    asked(late, qtbot, 3)
    late.doors[2].set()
    qtbot.waitUntil(lambda: page.list.names == ["Papers", "Recipes"])
    late.doors[1].set()
    qtbot.waitUntil(lambda: len(made.context.tasks.running) == 1)
    late.doors[0].set()
    settle(made, qtbot)
    assert page.list.names == ["Papers", "Recipes"]
    assert page.list._list.currentRow() == 1
    assert names(made) == []
