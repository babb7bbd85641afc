"""A model on a server in the real window: chats, documents, citations, and where text goes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.core import servernames
from app.core.paths import resources
from app.core.types import Server, ServerModel, Status
from app.ui.chat.model_picker import ModelPicker
from app.ui.chat.where_badge import LeaveDialog
from app.ui.pages.finetune import FinetunePage
from tests.remote.server import FakeServer, Reply, says, serving
from tests.window.conftest import Person, drawn

# A menu that is opened takes the keyboard, which the offscreen platform can't give.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

HANDBOOK = resources() / "samples" / "member-handbook.pdf"


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with serving() as made:
        yield made


def picker(person: Person) -> ModelPicker:
    (found,) = person.window.findChildren(ModelPicker)
    return found


def choose(person: Person, fake: FakeServer) -> str:
    """Connect to the server and take its model in the picker's menu."""
    path = servernames.join(fake.address, "tiny-1")
    person.loam.models.servers.put(Server(fake.address, models=(ServerModel("tiny-1", 4096),)))
    chooser = picker(person)
    chooser.open_menu()
    (action,) = [a for a in chooser.menu_shown.actions() if a.text().startswith("tiny-1 (")]
    action.trigger()
    chooser.menu_shown.close()
    person.qtbot.waitUntil(lambda: chooser.text().startswith("tiny-1 - "))
    return path


def words_on(person: Person) -> str:
    labels = person.window.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisible())


def test_a_chat_with_a_server_says_where_text_goes_and_keeps_what_came(
    person: Person, fake: FakeServer
) -> None:
    path = choose(person, fake)
    here = f"This machine, port {fake.port}"
    assert here in picker(person).text()
    assert here in words_on(person), "nothing is said beside the field"
    fake.answer = says("Seven **is** a prime.")
    answer = person.ask("Is seven a prime?")
    assert answer.content == "Seven **is** a prime."
    assert (answer.model, answer.status) == (path, Status.COMPLETE)
    view = person.views()[-1]
    assert "Seven is a prime." in drawn(view)
    assert f"tiny-1 on this machine, port {fake.port}" in words_on(person)
    assert person.loam.engine.pid is None or person.errors() == []

    # Cut in the middle: what came stays, and can be continued.
    def cut(reply: Reply) -> None:
        reply.begin()
        reply.said("Eleven is also ")
        reply.handler.connection.close()

    fake.answer = cut
    answer = person.ask("And eleven?")
    assert (answer.content, answer.status) == ("Eleven is also ", Status.FAILED)
    assert "broke off" in answer.note
    fake.answer = says("a prime.")
    person.chats.view.conversation.resume.emit(answer.id)
    person.qtbot.waitUntil(lambda: person.chats.view.running)
    answer = person.wait_for_answer()
    assert answer.content == "Eleven is also a prime."
    assert fake.questions[-1]["messages"][-1]["role"] == "assistant"


def test_documents_are_sent_only_after_the_person_agreed(
    person: Person,
    fake: FakeServer,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The server stands for one elsewhere; only its address is on this machine.
    monkeypatch.setattr(servernames, "is_here", lambda _address: False)
    shutil.copy(HANDBOOK, tmp_path / "handbook.pdf")
    person.drop(tmp_path / "handbook.pdf")
    person.wait_for_reading()
    choose(person, fake)
    goes = f"Text goes to 127.0.0.1:{fake.port}"
    assert goes in picker(person).text()
    assert f"{goes}. Not encrypted" in words_on(person)

    def dialog() -> LeaveDialog | None:
        found = [d for d in person.window.findChildren(LeaveDialog) if d.isVisible()]
        return found[0] if found else None

    person.type("How much is the membership fee?")
    qtbot.waitUntil(lambda: dialog() is not None)
    asked = dialog()
    assert asked is not None
    asked.reject()
    assert person.messages() == []
    assert person.chats.view.composer.text == "How much is the membership fee?"
    assert not fake.questions

    fake.answer = says("The membership fee is 35 euros.")
    person.chats.view.send(person.chats.view.composer.text)
    qtbot.waitUntil(lambda: dialog() is not None)
    asked = dialog()
    assert asked is not None
    asked.ok_button.click()
    qtbot.waitUntil(lambda: person.chats.view.running)
    answer = person.wait_for_answer()
    cited = [s for s in answer.sources if f"[{s.number}]" in answer.content]
    assert any("35 euros" in source.hit.passage.text for source in cited)
    assert "35 euros" in fake.questions[-1]["messages"][-1]["content"]
    assert f"Text went to 127.0.0.1:{fake.port}" in words_on(person)
    # Once is enough.
    person.ask("And how much is it for children?")
    assert len(fake.questions) >= 1
    assert dialog() is None
    assert person.errors() == []


def test_other_machines_that_help_are_named_beside_the_field(person: Person) -> None:
    def change(**values: object) -> None:
        person.loam.settings.change(**values)
        person.context.navigator.settings_changed.emit(person.loam.settings.current)

    assert person.chats.chat is not None
    change(other_machines="192.168.1.7, box:5000")
    assert person.loam.models.spec_for().rpc == ()
    assert "go to" not in words_on(person), "they help only when that is switched on"
    change(other_machines_help=True)
    assert person.loam.models.spec_for().rpc == ("192.168.1.7:50052", "box:5000")
    goes = "Parts of the model and of text go to 192.168.1.7:50052, box:5000. Not encrypted"
    assert goes in words_on(person)
    change(other_machines="127.0.0.1")
    assert "Helped by rpc-server on this machine, 127.0.0.1:50052" in words_on(person)
    change(other_machines_help=False)
    assert "rpc-server" not in words_on(person)


def test_fine_tune_says_that_a_model_on_a_server_cannot_learn_here(
    person: Person, fake: FakeServer
) -> None:
    person.loam.models.servers.put(Server(fake.address, models=(ServerModel("tiny-1", 4096),)))
    person.loam.settings.change(model=servernames.join(fake.address, "tiny-1"))
    page = person.window.show_page("finetune")
    assert isinstance(page, FinetunePage)
    page.new_project()
    says_so = "On a server, and so not to be trained here: tiny-1."
    person.qtbot.waitUntil(lambda: says_so in words_on(person))
    (project,) = person.loam.projects.all()
    assert project.model == ""
