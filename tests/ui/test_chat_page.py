"""The chat page over scripted answers: what a person does, and what they then see."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.errors import ChildDied
from app.core.messages import Token
from app.core.process import Cancel
from app.core.types import AdapterUse, ChatKind, Message, Role, Status
from app.services.question import Question
from app.ui.chat import export
from app.ui.chat.answer_body import AnswerBody
from app.ui.chat.message_view import MessageView
from app.ui.chat.model_picker import ModelPicker
from app.ui.chat.user_bubble import EditBox
from tests.ui.fakes import Chats, says, source


def done(chats: Chats, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not chats.page.view.running and chats.idle)


def ask(chats: Chats, qtbot: QtBot, text: str = "When does it open?") -> Message:
    chats.say(text)
    done(chats, qtbot)
    return messages(chats)[-1]


def messages(chats: Chats) -> list[Message]:
    assert chats.page.chat is not None
    return chats.loam.chats.thread(chats.page.chat.id)


def last(chats: Chats) -> MessageView:
    return chats.page.view.conversation.views[-1]


def button(widget: QWidget, name: str) -> QPushButton:
    (found,) = [
        each
        for each in widget.findChildren(QPushButton)
        if each.accessibleName() == name and not each.isHidden()
    ]
    return found


def labels(widget: QWidget) -> str:
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if each.isVisible())


def said(chats: Chats) -> str:
    """What stands in the last answer."""
    bodies = chats.page.view.conversation.findChildren(AnswerBody)
    return bodies[-1].text if bodies else ""


def titles(chats: Chats) -> list[str]:
    rows = chats.page.list.list
    return [rows.item(row).text() for row in range(rows.count())]


def attached(chats: Chats) -> tuple[int, ...]:
    assert chats.page.chat is not None
    return chats.page.chat.collections


def front(chats: Chats) -> int | None:
    """The chat in front."""
    return chats.page.chat.id if chats.page.chat is not None else None


def chips(widget: QWidget) -> list[str]:
    return [each.text() for each in widget.findChildren(QPushButton) if each.isVisible()]


def held(chats: Chats, words: int = 20) -> threading.Event:
    """From now on an answer stands still before its last word until this is set."""
    go_on = threading.Event()
    chats.answering.script = says(" ".join(["word"] * words), go_on=go_on)
    return go_on


# --- talking --------------------------------------------------------------------------------------


def test_the_first_message_names_the_chat_and_is_answered(chats: Chats, qtbot: QtBot) -> None:
    assert titles(chats) == ["Today", "New chat"]
    answer = ask(chats, qtbot)
    assert answer.content == "It opens at nine."
    assert titles(chats) == ["Today", "When does it open?"]
    assert chats.page.view.composer.text == ""
    assert [v.message.role for v in chats.page.view.conversation.views] == [
        Role.USER,
        Role.ASSISTANT,
    ]
    assert "58.3 tokens/s" in labels(last(chats))
    assert "1,204 / 4,096" in labels(chats.page.view.composer)


def test_enter_sends_and_shift_enter_does_not(chats: Chats, qtbot: QtBot) -> None:
    field = chats.page.view.composer.field
    QTest.keyClicks(field, "one")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field, "two")
    assert not chats.page.view.running
    one, eight = field.height(), "\n".join("x" * 20)
    QTest.keyClick(field, Qt.Key.Key_Return)
    done(chats, qtbot)
    assert messages(chats)[0].content == "one\ntwo"
    field.setPlainText(eight)
    assert field.height() > 2 * one


def test_send_becomes_stop_and_escape_stops(chats: Chats, qtbot: QtBot) -> None:
    held(chats)
    chats.say("Tell me")
    qtbot.waitUntil(lambda: "word word" in said(chats))
    assert button(chats.page.view.composer, "Stop").isVisible()
    chats.page.activateWindow()
    chats.page._escape.activated.emit()
    done(chats, qtbot)
    assert messages(chats)[-1].status is Status.STOPPED
    assert "Stopped" in labels(last(chats))
    assert button(chats.page.view.composer, "Send").isVisible()
    assert not chats.page._escape.isEnabled()


def test_a_stopped_answer_goes_on(chats: Chats, qtbot: QtBot) -> None:
    chats.answering.script = says("It opens", status=Status.LENGTH)
    first = ask(chats, qtbot)
    assert "Cut at the length limit" in labels(last(chats))
    chats.answering.script = says("at nine.")
    button(last(chats), "Continue").click()
    qtbot.waitUntil(lambda: chats.page.view.running)
    done(chats, qtbot)
    answer = messages(chats)[-1]
    assert (answer.id, answer.content) == (first.id, "It opens at nine.")
    assert chats.answering.questions[-1].prefill == "It opens"


def test_regenerating_and_editing_make_versions(chats: Chats, qtbot: QtBot) -> None:
    first = ask(chats, qtbot)
    chats.answering.script = says("At ten.")
    last(chats).regenerate.emit(first.id)
    qtbot.waitUntil(lambda: chats.page.view.running)
    done(chats, qtbot)
    assert last(chats).message.content == "At ten."
    assert "2/2" in labels(last(chats))
    last(chats).branch.emit(last(chats).message.id, 1)
    assert last(chats).message.id == first.id
    asked = chats.page.view.conversation.views[0]
    asked.begin_edit()
    (box,) = asked.findChildren(EditBox)
    box.field.setPlainText("And on Sundays?")
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chats.page.view.running)
    done(chats, qtbot)
    assert [m.content for m in messages(chats)] == ["And on Sundays?", "At ten."]
    assert "2/2" in labels(chats.page.view.conversation.views[0])


def test_a_dying_child_leaves_the_text_and_the_next_message_works(
    chats: Chats, qtbot: QtBot
) -> None:
    def dies(question: Question, cancel: Cancel) -> Iterator[object]:
        yield Token("So far")
        raise ChildDied("SIGKILL", name="The model", reason="it was ended")

    chats.answering.script = dies
    broken = ask(chats, qtbot)
    assert (broken.status, broken.content) == (Status.FAILED, "So far")
    assert "The model stopped unexpectedly" in labels(last(chats))
    assert len(chats.notices.recent) == 1
    chats.answering.script = says("All well.")
    assert ask(chats, qtbot, "Again").content == "All well."


def test_an_answer_goes_on_while_another_chat_is_read(chats: Chats, qtbot: QtBot) -> None:
    go_on = held(chats, 60)
    chats.say("First")
    qtbot.waitUntil(lambda: len(chats.page.view.conversation.views) == 2)
    first = chats.page.chat
    assert first is not None
    chats.page.new_chat()
    assert not chats.page.view.running
    qtbot.wait(100)
    chats.page.open_chat(first.id)
    assert button(chats.page.view.composer, "Stop")
    qtbot.waitUntil(lambda: said(chats).startswith("word word"))
    go_on.set()
    done(chats, qtbot)
    assert last(chats).message.content.split() == ["word"] * 60


def test_final_text_with_citations_replaces_what_was_streamed(chats: Chats, qtbot: QtBot) -> None:
    collection = chats.library.create("Handbooks")
    chats.page.documents.attach(collection.id)
    chats.answering.script = says(
        "It opens at nine.", [source(1), source(2)], final="It opens at nine [1]."
    )
    ask(chats, qtbot)
    assert last(chats).message.content == "It opens at nine [1]."
    assert [each.number for each in chats.page.side.sources.sources] == [1, 2]
    assert chats.page.panes is not None
    assert chats.page.panes.side_visible
    opened: list[tuple[int, int, int]] = []
    chats.context.navigator.open_document.connect(lambda *place: opened.append(place))
    last(chats).cited.emit(last(chats).message.id, 2)
    assert opened == [(20, 100, 126)]
    assert chats.page.side.sources._cards[2]._marked


def test_a_declined_answer_offers_the_nearest_and_an_answer_anyway(
    chats: Chats, qtbot: QtBot
) -> None:
    chats.page.documents.attach(chats.library.create("Handbooks").id)
    chats.answering.script = says("I found nothing.", [source(1)], declined=True)
    ask(chats, qtbot)
    assert chats.page.panes is not None
    assert not chats.page.panes.side_visible, "what is only near is no source"
    opened: list[tuple[int, int, int]] = []
    chats.context.navigator.open_document.connect(lambda *place: opened.append(place))
    QTest.mouseClick(button(last(chats), "handbook-1.pdf, page 3"), Qt.MouseButton.LeftButton)
    assert opened == [(10, 100, 126)]

    chats.answering.script = says("Perhaps at nine.")
    for name, given in (
        ("Answer anyway, from these", (source(1),)),
        ("Answer anyway, without documents", None),
    ):
        QTest.mouseClick(button(last(chats), name), Qt.MouseButton.LeftButton)
        done(chats, qtbot)
        answer = last(chats).message
        assert answer.content == "Perhaps at nine."
        assert not answer.declined
        question = chats.answering.questions[-1]
        assert question.given == given
        assert question.forced == bool(given)
        assert not question.only_documents
        assert bool(question.collections) == bool(given)
        chats.page.view.conversation.branch.emit(answer.id, 1)
        assert last(chats).message.declined


# --- the list -------------------------------------------------------------------------------------


def test_new_chats_are_not_piled_up(chats: Chats, qtbot: QtBot) -> None:
    first = chats.page.chat
    chats.context.navigator.new_chat.emit(())
    assert chats.page.chat == first
    ask(chats, qtbot)
    chats.context.navigator.new_chat.emit(())
    assert first is not None
    assert front(chats) != first.id


def test_rename_pin_search_delete_undo(chats: Chats, qtbot: QtBot) -> None:
    ask(chats, qtbot, "About gardens")
    chats.page.new_chat()
    ask(chats, qtbot, "About boats")
    boats = chats.page.chat
    assert boats is not None
    gardens = next(c for c in chats.loam.chats.chats() if "garden" in c.title)
    rows = chats.page.list.list
    item = next(rows.item(r) for r in range(rows.count()) if rows.item(r).text() == gardens.title)
    item.setText("Roses")
    qtbot.waitUntil(lambda: chats.loam.chats.get(gardens.id).title == "Roses")
    chats.page.list.pinned.emit(gardens.id, True)
    assert titles(chats) == ["Pinned", "Roses", "Today", "About boats"]
    chats.page.list.search.setText("boats")
    qtbot.waitUntil(lambda: titles(chats) == ["Found", "About boats"])
    chats.page.list.search.setText("zzz")
    qtbot.waitUntil(lambda: titles(chats) == ["Nothing found"])
    chats.page.list.search.clear()
    qtbot.waitUntil(lambda: len(titles(chats)) == 4)
    undo: list[Callable[[], None]] = []
    chats.notices.toast_shown.connect(lambda _text, back: undo.append(back))
    chats.page.activateWindow()
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    assert titles(chats) == ["Pinned", "Roses"]
    assert chats.page.chat is not None
    assert chats.page.chat.id == gardens.id
    undo[0]()
    assert chats.page.chat.id == boats.id
    assert "About boats" in titles(chats)


def test_a_title_being_typed_survives_an_answer_that_ends(chats: Chats, qtbot: QtBot) -> None:
    go_on = held(chats)
    chats.say("Hello")
    qtbot.waitUntil(lambda: chats.page.view.running and titles(chats)[-1] == "Hello")
    chat = front(chats)
    assert chat is not None
    chats.page.list.edit_title(chat)
    (field,) = chats.page.list.list.findChildren(QLineEdit)
    field.setText("Half a ti")
    go_on.set()
    done(chats, qtbot)
    assert chats.page.list.list.findChildren(QLineEdit) == [field]
    QTest.keyClicks(field, "tle")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: titles(chats) == ["Today", "Half a title"])


def test_sources_that_were_closed_stay_closed(chats: Chats, qtbot: QtBot) -> None:
    chats.page.documents.attach(chats.library.create("Handbooks").id)
    chats.answering.script = says("At nine.", [source(1)])
    shown = chats.page.side.isVisible
    ask(chats, qtbot)
    assert shown()
    chats.page.side.sources.closed.emit()
    chats.answering.script = says("At ten.", [source(2)])
    answer = ask(chats, qtbot)
    assert not shown()
    last(chats).cited.emit(answer.id, 2)
    assert shown()


def test_deleting_the_only_chat_shows_the_empty_page(chats: Chats, qtbot: QtBot) -> None:
    assert chats.page.chat is not None
    chats.page.delete_chat(chats.page.chat.id)
    assert front(chats) is None
    new = button(chats.page._empty, "New chat")
    assert new.isVisible()
    new.click()
    assert front(chats) is not None
    assert chats.page.view.isVisible()


def test_drafts_wait_in_their_chat(chats: Chats, qtbot: QtBot) -> None:
    ask(chats, qtbot)
    first = chats.page.chat
    assert first is not None
    chats.page.view.composer.field.setPlainText("half a thought")
    chats.page.new_chat()
    assert chats.page.view.composer.text == ""
    chats.page.open_chat(first.id)
    assert chats.page.view.composer.text == "half a thought"


@pytest.mark.parametrize("kind", ["markdown", "json"])
def test_export_writes_the_shown_branch(
    chats: Chats, qtbot: QtBot, tmp_path: Path, kind: export.Kind
) -> None:
    ask(chats, qtbot)
    assert chats.page.chat is not None
    path = tmp_path / "out"
    export.save(chats.context, chats.page.chat.id, kind, path)
    qtbot.waitUntil(lambda: path.exists() and chats.idle)
    text = path.read_text(encoding="utf-8")
    assert "It opens at nine." in text
    if kind == "json":
        json.loads(text)
    assert export.file_name('a/b: "c"?') == "a b c"


# --- documents ------------------------------------------------------------------------------------


def test_dropped_files_are_attached_and_read(chats: Chats, qtbot: QtBot) -> None:
    assert "My documents" in chats.page.drop_hint(["/x/a.pdf"])
    assert chats.page.accept_paths(["/x/a.pdf", "/x/broken.pdf"])
    qtbot.waitUntil(lambda: bool(chats.page.chat and chats.page.chat.collections))
    done(chats, qtbot)
    (collection,) = chats.library.collections()
    assert collection.name == "My documents"
    assert attached(chats) == (collection.id,)
    composer = chats.page.view.composer
    qtbot.waitUntil(lambda: "My documents" in chips(composer))
    assert any("broken.pdf" in text for text in chats.notices.toasts)
    assert "My documents" in chats.page.drop_hint(["/x/b.pdf"])
    chats.page.accept_paths(["/x/b.pdf"])
    done(chats, qtbot)
    assert len(chats.library.collections()) == 1
    qtbot.waitUntil(lambda: "My documents" in chips(composer))
    button(composer, "Stop answering from My documents").click()
    assert attached(chats) == ()


def test_example_questions_are_asked_with_a_click(chats: Chats, qtbot: QtBot) -> None:
    collection = chats.library.create("Sample documents")
    chats.context.navigator.new_chat.emit((collection.id,))
    chats.context.navigator.suggest_questions.emit(("When?", "Where?"))
    assert [each.text() for each in chats.page.view.start.buttons] == ["When?", "Where?"]
    chats.page.view.start.buttons[1].click()
    done(chats, qtbot)
    assert messages(chats)[0].content == "Where?"
    assert chats.answering.questions[-1].collections == (collection.id,)


# --- settings, model, completion ------------------------------------------------------------------


def test_settings_belong_to_their_chat(chats: Chats, qtbot: QtBot) -> None:
    panel = chats.page.side.settings
    first = chats.page.chat
    assert first is not None
    default = first.settings
    panel.temperature.setValue(1.25)
    panel.prompt.setPlainText("Be brief.")
    panel.only_documents.setChecked(False)
    ask(chats, qtbot)
    chats.page.new_chat()  # before the pause after typing is over
    kept = chats.loam.chats.get(first.id).settings
    assert kept.sampling.temperature == 1.25
    assert (kept.system_prompt, kept.only_documents) == ("Be brief.", False)
    assert chats.page.chat is not None
    assert chats.page.chat.settings == default
    assert panel.settings() == default
    chats.page.open_chat(first.id)
    assert panel.temperature.value() == 1.25
    adapters = (AdapterUse("/x/polite.gguf", 0.5),)
    chats.loam.chats.set_settings(first.id, replace(kept, adapters=adapters))
    button(panel, "Reset to default").click()
    assert chats.loam.chats.get(first.id).settings == replace(default, adapters=adapters)
    assert panel.temperature.value() == default.sampling.temperature


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # a menu, offscreen
def test_the_picker_says_the_state(chats: Chats, qtbot: QtBot) -> None:
    picker = ModelPicker(chats.context)
    qtbot.addWidget(picker)
    assert chats.page.chat is not None
    chats.page.open_chat(chats.page.chat.id)
    assert picker.text() == "small - not loaded"
    picker.load()
    assert picker.text().endswith(" - loading 0 %")
    qtbot.waitUntil(lambda: picker.text() == "SmolLM2 135M - CPU, ready")
    chats.models.here = False
    picker.refresh()
    assert picker.text().endswith("stopped: starts again with the next message")
    picker.open_menu()
    qtbot.waitUntil(lambda: chats.idle)
    names = [action.text() for action in picker.menu_shown.actions() if action.isCheckable()]
    assert len(names) == 2
    picker.menu_shown.actions()[1].trigger()
    assert chats.page.chat is not None
    assert chats.page.chat.model == "/models/base.gguf"
    picker.menu_shown.close()
    qtbot.waitUntil(lambda: chats.idle)


def test_a_completion_page_is_continued_and_tinted(chats: Chats, qtbot: QtBot) -> None:
    chats.page.new_chat(kind=ChatKind.COMPLETION)
    view = chats.page.completion.view
    view.editor.setPlainText("Once upon a time")
    view._press()
    done(chats, qtbot)
    assert view.text == "Once upon a time and so on"
    assert messages(chats)[-1].content == view.text
    accent = chats.context.theme.tokens.accent.lower()

    def color(at: int) -> str:
        cursor = view.editor.textCursor()
        cursor.setPosition(at + 1)
        return cursor.charFormat().foreground().color().name()

    assert color(20) == accent
    assert color(3) != accent
    cursor = view.editor.textCursor()
    cursor.setPosition(22)
    cursor.insertText("X")
    assert color(20) != accent
    chats.engine.hold.clear()
    view._press()
    qtbot.waitUntil(lambda: view.text.count("so on") == 1 and view.editor.isReadOnly())
    chats.page.stop()
    done(chats, qtbot)
    assert not view.editor.isReadOnly()


# --- everybody ------------------------------------------------------------------------------------


def test_every_control_has_a_name(chats: Chats, qtbot: QtBot) -> None:
    chats.page.documents.attach(chats.library.create("Handbooks").id)
    chats.answering.script = says("```py\nx\n```\n<think>\na\n</think>\nb", [source(1)])
    ask(chats, qtbot)
    chats.page.side.toggle("settings")
    nameless = [
        each
        for kind in (QPushButton, QToolButton)
        for each in chats.page.findChildren(kind)
        if not each.accessibleName() and not each.objectName().startswith("qt_")
    ]
    assert nameless == []


def test_themes_change_under_an_open_chat(chats: Chats, qtbot: QtBot) -> None:
    chats.answering.script = says("Text with $x^2$ and\n```py\nx = 1\n```\n[1]", [source(1)])
    ask(chats, qtbot)
    before = chats.page.grab().toImage().pixelColor(600, 300).name()
    chats.loam.settings.change(theme="dark")
    chats.context.theme.apply(chats.loam.settings.current)
    qtbot.waitUntil(lambda: chats.idle)
    assert chats.page.grab().toImage().pixelColor(600, 300).name() != before
    assert chats.page.view.painter.look.tokens.dark
