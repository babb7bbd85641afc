"""The Data step over real datasets and real chats."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.core.messages import Turn
from app.core.paths import Profile, bundled_models
from app.core.types import Role, Status
from app.services import assemble
from app.services.dataset.service import DatasetService
from app.services.dataset.types import (
    TEXT,
    Draft,
    Filter,
    Kind,
    Origin,
    Provenance,
    Span,
    Split,
    State,
)
from app.services.default_record import default_chat_model
from app.services.store.chats import ChatStore
from app.ui.app import make_application, make_context
from app.ui.finetune.data.chats_dialog import ChatsDialog
from app.ui.finetune.data.mapping_dialog import MappingDialog
from app.ui.finetune.data.new_row_dialog import NewRowDialog
from app.ui.finetune.data.rejected_dialog import RejectedDialog
from app.ui.finetune.data.row_model import FINDINGS, MARKS, RowModel
from app.ui.finetune.data.split_dialog import SplitDialog
from app.ui.finetune.steps.data import DataStep
from app.ui.notices import Notices


class Desk:
    """The step with a project, and what a test does with it."""

    def __init__(self, profile: Profile, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        application = make_application()
        self.loam = assemble.build(profile)
        self.notices = Notices()
        self.context = make_context(self.loam, self.notices, application)
        self.step = DataStep(self.context)
        self.step.resize(1000, 700)
        self.step.changed.connect(self.step.show_project)
        self.step.show_project(self.loam.projects.create("Permits"))
        self.step.show()
        self.step.shown()
        self.wait()

    @property
    def datasets(self) -> DatasetService:
        return self.loam.datasets

    @property
    def key(self) -> int:
        assert self.step.dataset is not None
        return self.step.dataset.id

    @property
    def ids(self) -> list[int]:
        """The rows in the table."""
        return list(self.step.review.model.ids)

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: not self.context.tasks.running)

    def dialog(self, kind: type[QDialog]) -> QDialog:
        """The open dialog of that kind."""

        def found() -> list[QDialog]:
            return [each for each in self.step.findChildren(kind) if each.isVisible()]

        self.qtbot.waitUntil(lambda: len(found()) == 1)
        return found()[0]

    def add(self, *rows: tuple[str, str]) -> list[int]:
        """Rows by hand, shown."""
        key = self.step.control.dataset_id()
        made = [
            self.datasets.add(key, Draft((Turn("user", asked), Turn("assistant", said))))
            for asked, said in rows
        ]
        self.step.reload()
        self.wait()
        return made

    def press(self, widget: QWidget, key: Qt.Key) -> None:
        QTest.keyClick(widget, key)
        self.wait()

    def close(self) -> None:
        self.step.closing()
        self.context.tasks.stop_all(5)
        self.step.close()
        self.step.deleteLater()
        self.loam.close()


@pytest.fixture
def desk(qtbot: QtBot, profile: Profile) -> Iterator[Desk]:
    made = Desk(profile, qtbot)
    try:
        yield made
    finally:
        made.close()


def lines(path: Path, *values: object) -> Path:
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values), encoding="utf-8")
    return path


def exchange(asked: str, said: str) -> dict[str, object]:
    both = (("user", asked), ("assistant", said))
    return {"messages": [{"role": role, "content": content} for role, content in both]}


def test_an_empty_step_takes_files_and_names_what_it_could_not_use(
    desk: Desk, tmp_path: Path
) -> None:
    step = desk.step
    assert step.start.isVisible()
    assert not step.done()
    rows = [exchange(f"What is {n}?", f"It is {n}.") for n in range(30)]
    path = lines(tmp_path / "faq.jsonl", *rows, {"foo": 1})
    assert step.drop_hint([str(path), "/d/photo.png"]) == "Import the rows of 1 file"
    assert not step.accept_paths(["/d/photo.png"])
    assert step.accept_paths([str(path)])
    desk.wait()
    assert len(desk.ids) == 30
    assert step.state() == "30 rows"
    assert step.project is not None
    assert desk.loam.projects.get(step.project.id).dataset_id == desk.key
    assert desk.datasets.get(desk.key).name == "Permits"
    step.control.ask("rejected")
    dialog = desk.dialog(RejectedDialog)
    assert isinstance(dialog, RejectedDialog)
    dialog.copy_button.click()
    read = list(csv.reader(QGuiApplication.clipboard().text().splitlines()))
    assert read[1][0] == "31"
    assert read[1][2] == "faq.jsonl"
    dialog.save(tmp_path / "list.csv")
    assert (tmp_path / "list.csv").read_text() == dialog.text
    dialog.reject()


def test_the_small_example_set_is_checked_and_held_out_in_three_clicks(desk: Desk) -> None:
    step = desk.step
    step.start.cards["example"].click()
    desk.wait()
    assert len(desk.ids) == 24
    step.head.next_button.click()  # the checks
    desk.wait()
    assert step.head.next_button.text() == "Hold out rows"
    # An example set that our own checks find fault with would teach the wrong thing.
    assert desk.datasets.counts(desk.key).findings == {}
    step.head.next_button.click()
    dialog = desk.dialog(SplitDialog)
    assert isinstance(dialog, SplitDialog)
    dialog.percent.setValue(25)
    dialog.seed_field.setValue(7)
    dialog.ok_button.click()
    desk.wait()
    assert step.done()
    dataset = desk.datasets.get(desk.key)
    assert (dataset.split_fraction, dataset.split_seed) == (0.25, 7)
    assert desk.datasets.count(desk.key, Filter(split=Split.VALIDATION)) == 6
    wanted: list[str] = []
    step.go.connect(wanted.append)
    step.head.next_button.click()
    assert wanted == ["train"]


def test_columns_of_a_table_are_asked_for(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text("Prompt;Reply by us;Case\nWhy?;Because.;a\nWhen?;At nine.;b\n")
    desk.step.accept_paths([str(path)])
    dialog = desk.dialog(MappingDialog)
    assert isinstance(dialog, MappingDialog)
    assert dialog.mapping == {"question": "Prompt"}
    assert not dialog.ok_button.isEnabled()
    item = dialog.table.item(1, 1)
    assert item is not None
    assert item.text() == "At nine."
    for part, column in (("answer", "Reply by us"), ("group", "Case")):
        dialog.boxes[part].setCurrentIndex(dialog.boxes[part].findData(column))
    dialog.ok_button.click()
    desk.wait()
    found = desk.datasets.rows(desk.ids)
    assert [row.turns[1].content for row in found] == ["Because.", "At nine."]
    assert [row.group for row in found] == ["a", "b"]


def test_rows_are_mended_accepted_rejected_and_all_of_it_taken_back(desk: Desk) -> None:
    one, two, three = desk.add(("A?", "a"), ("B?", "b"), ("C?", "c"))
    review = desk.step.review
    review.table.go_to(one)
    review.editor.turns.fields[1].setPlainText("A better answer.")
    assert review.editor.dirty
    review.editor.save_button.click()
    desk.wait()
    assert desk.datasets.row(one).turns[1].content == "A better answer."
    desk.press(review.table, Qt.Key.Key_A)
    assert desk.datasets.row(one).state is State.ACCEPTED
    # It went on by itself.
    assert review.editor.row is not None
    assert review.editor.row.id == two
    desk.press(review.table, Qt.Key.Key_R)
    assert desk.datasets.row(two).state is State.REJECTED
    desk.press(review.table, Qt.Key.Key_K)
    desk.press(review.table, Qt.Key.Key_J)
    assert review.editor.row.id == three
    review.editor.turns.fields[0].setPlainText("C, please?")
    desk.press(review.table, Qt.Key.Key_K)
    # What was typed is stored when another row comes.
    assert desk.datasets.row(three).turns[0].content == "C, please?"
    review.table.selectAll()
    desk.press(review.table, Qt.Key.Key_Delete)
    assert desk.ids == []
    assert desk.step.head.undo_button.accessibleName() == "Undo: Delete 3 rows"
    desk.step.control.ask("undo")
    desk.wait()
    assert desk.ids == [one, two, three]
    assert desk.step.head.redo_button.accessibleName() == "Redo: Delete 3 rows"
    for _ in range(4):
        desk.step.control.ask("undo")
        desk.wait()
    assert [row.state for row in desk.datasets.rows(desk.ids)] == [State.NEW] * 3
    assert desk.datasets.row(one).turns[1].content == "a"
    assert review.model.row(0) == desk.datasets.row(one)


def test_words_that_can_not_be_stored_stay_with_the_reason(desk: Desk) -> None:
    one, two = desk.add(("A?", "a"), ("B?", "b"))
    editor = desk.step.review.editor
    desk.step.review.table.go_to(one)
    for field in editor.turns.fields:
        field.setPlainText(" ")
    assert not editor.save()
    desk.step.review.table.go_to(two)
    desk.step.review.table.go_to(one)
    assert [field.toPlainText() for field in editor.turns.fields] == [" ", " "]
    assert desk.datasets.row(one).turns[0].content == "A?"
    editor.turns.fields[0].setPlainText("A, please?")
    editor.turns.fields[1].setPlainText("Here you are.")
    assert editor.save()
    assert desk.datasets.row(one).turns[1].content == "Here you are."


def test_turns_are_added_and_taken_away(desk: Desk) -> None:
    (one,) = desk.add(("A?", "a"))
    editor = desk.step.review.editor
    desk.step.review.table.go_to(one)
    editor.turns.add_exchange.click()
    editor.turns.add_system.click()
    for field, words in zip(
        editor.turns.fields, ("Be brief.", "A?", "a", "And B?", "b"), strict=True
    ):
        field.setPlainText(words)
    assert editor.save()
    said = [(turn.role, turn.content) for turn in desk.datasets.row(one).turns]
    assert said[0] == ("system", "Be brief.")
    assert said[3:] == [("user", "And B?"), ("assistant", "b")]


def test_filters_search_and_chips_show_the_rows_they_count(desk: Desk) -> None:
    ids = desk.add(
        ("Where?", "Write to jo.doe@firma.de, please."),
        ("When?", "At nine."),
        ("When?", "At nine."),
    )
    step = desk.step
    step.control.check()
    desk.wait()
    texts = step.review.summary.texts
    assert texts[:1] == ["3 rows"]
    assert "E-mail: 1" in texts
    assert step.review.model.kinds(0) == (Kind.EMAIL,)
    index = step.review.model.index(0, FINDINGS)
    assert index.data(MARKS) == ("E-mail",)
    step.review.summary.chosen.emit("finding", Kind.DUPLICATE)
    desk.wait()
    assert desk.ids == ids[2:]
    step.review.filters.clear_button.click()
    desk.wait()
    assert desk.ids == ids
    step.review.filters.search.setText("write")
    desk.qtbot.waitUntil(lambda: desk.ids == ids[:1])
    assert step.review.editor.row is None or step.review.editor.row.id == ids[0]


def test_rows_are_measured_with_the_tokens_of_the_model_to_be_trained(desk: Desk) -> None:
    model = default_chat_model(bundled_models())
    assert model is not None
    short, long = desk.add(("Short?", "Yes."), ("Long?", "Every word of this counts. " * 60))
    project = desk.step.project
    assert project is not None
    hyper = dataclasses.replace(project.hyper, context=256)
    desk.step.show_project(desk.loam.projects.change(project.id, model=str(model), hyper=hyper))
    desk.wait()
    desk.step.head.next_button.click()
    desk.wait()
    desk.step.review.filters.choose(finding=Kind.TOO_LONG)
    desk.wait()
    assert desk.ids == [long]
    assert short not in desk.ids
    (finding,) = desk.datasets.findings(long)
    assert "the context holds 256" in finding.detail


def test_what_a_model_wrote_waits_for_a_person(desk: Desk) -> None:
    key = desk.step.control.dataset_id()
    draft = Draft((Turn("user", "Who?"), Turn("assistant", "Maria Holt.")), group="document d")
    source = Provenance(Origin.MODEL, "The bridge", "/d/bridge.md", start=3, end=90, model="m")
    list(desk.datasets.keep(key, "Write questions and answers", [(draft, source)]))
    desk.step.reload()
    desk.wait()
    assert desk.step.state() == "1 row to check"
    review = desk.step.review
    review.table.go_to(desk.ids[0])
    assert review.editor._synthetic.isVisibleTo(review.editor)
    wanted: list[object] = []
    review.source_asked.disconnect()
    review.source_asked.connect(wanted.append)
    review.editor._source.click()
    assert wanted == [desk.datasets.row(desk.ids[0])]
    review.editor.accept_button.click()
    desk.wait()
    assert desk.step.state() == "1 row"
    assert not review.editor._synthetic.isVisibleTo(review.editor)


def test_liked_answers_of_chats_become_rows(desk: Desk, profile: Profile) -> None:
    chats = desk.loam.chats
    chat = chats.create()
    store = ChatStore(profile.chats)
    asked = store.add(chat.id, None, Role.USER, "When?", Status.COMPLETE)
    good = store.add(chat.id, asked.id, Role.ASSISTANT, "At nine.", Status.COMPLETE, "m.gguf")
    other = store.add(chat.id, asked.id, Role.ASSISTANT, "No idea.", Status.COMPLETE, "m.gguf")
    store.close()
    chats.rate(good.id, 1)
    mine = chats.edit_answer(other.id, "At nine, from Monday to Friday.")
    desk.step.start.cards["chats"].click()
    dialog = desk.dialog(ChatsDialog)
    assert isinstance(dialog, ChatsDialog)
    assert dialog.chosen == [good.id, mine.id]
    item = dialog.list.item(0)
    item.setCheckState(Qt.CheckState.Unchecked)
    dialog.ok_button.click()
    desk.wait()
    (row,) = desk.datasets.rows(desk.ids)
    assert row.turns[-1].content == "At nine, from Monday to Friday."
    assert row.source.message_id == mine.id
    # It is offered once.
    assert [each.id for each in desk.datasets.liked(desk.key, chats)] == [good.id]


def test_a_row_by_hand_and_a_dataset_for_another_project(desk: Desk) -> None:
    desk.step.start.cards["row"].click()
    dialog = desk.dialog(NewRowDialog)
    assert isinstance(dialog, NewRowDialog)
    assert not dialog.ok_button.isEnabled()
    dialog.question.setPlainText("When?")
    dialog.answer.setPlainText("At nine.")
    dialog.ok_button.click()
    desk.wait()
    row = desk.step.review.editor.row
    assert row is not None
    assert row.source.origin is Origin.PERSON
    first = desk.key
    desk.step.show_project(desk.loam.projects.create("Another"))
    desk.wait()
    assert desk.step.start.isVisible()
    desk.step.start.use_button.click()
    desk.wait()
    assert desk.key == first
    desk.step.control.ask("delete")
    desk.wait()
    assert desk.step.dataset is None
    assert desk.step.start.isVisible()


def test_texts_are_labelled_with_the_number_keys(desk: Desk) -> None:
    key = desk.step.control.dataset_id()
    for words in ("The soup was cold.", "Lovely bread 🍞, and warm."):
        desk.datasets.add(key, Draft((Turn(TEXT, words),)))
    desk.step.reload()
    desk.wait()
    desk.step.control.ask("label")
    view = desk.step.annotate
    assert view.isVisible()
    for name in ("good", "bad"):
        view.labels.field.setText(name)
        view.labels.add_button.click()
    assert view.progress.text() == "1 of 2  ·  0 labelled"
    desk.press(view, Qt.Key.Key_2)
    assert view.progress.text() == "2 of 2  ·  1 labelled"
    desk.press(view, Qt.Key.Key_1)
    assert [row.label for row in desk.datasets.rows(desk.ids)] == ["bad", "good"]
    view.undo_button.click()
    assert [row.label for row in desk.datasets.rows(desk.ids)] == ["bad", ""]
    view.passages.click()
    view.step(1)
    content = "Lovely bread 🍞, and warm."
    # Qt counts the loaf as two.
    view.text.select(content.index("and"), content.index("warm") + 5)
    desk.press(view.text, Qt.Key.Key_1)
    row = desk.datasets.row(desk.ids[1])
    assert row.spans == (Span(content.index("and"), len(content), "good"),)
    view.undo()
    assert desk.datasets.row(desk.ids[1]).spans == ()
    desk.press(view, Qt.Key.Key_Escape)
    assert desk.step.review.isVisible()


def test_a_large_table_reads_only_what_is_seen(desk: Desk) -> None:
    key = desk.step.control.dataset_id()
    drafts = (
        (Draft((Turn("user", f"Q {n}?"), Turn("assistant", f"A {n}."))), Provenance(Origin.PERSON))
        for n in range(3_000)
    )
    desk.datasets._store.history.add(key, "Add rows", list(drafts))
    desk.step.reload()
    desk.wait()
    model = desk.step.review.model
    assert isinstance(model, RowModel)
    assert model.rowCount() == 3_000
    desk.qtbot.waitUntil(lambda: bool(model._read))
    assert len(model._read) < 600
    desk.step.review.table.go_to(desk.ids[2_500])
    assert desk.step.review.editor.row is not None
    assert desk.step.review.editor.row.turns[0].content == "Q 2500?"
    assert len(model._read) < 900
