"""A chat whose answers have a form: chosen in the real window, kept, and held to by the model."""

from __future__ import annotations

import json

from pytestqt.qtbot import QtBot

from app.core.types import AnswerForm, Status
from tests.window.conftest import Person, drawn

SCHEMA = """{"type": "object", "required": ["city", "sure"], "properties": {
    "city": {"type": "string", "maxLength": 20}, "sure": {"type": "boolean"}}}"""


def test_a_chat_answers_as_json(person: Person, qtbot: QtBot) -> None:
    person.ask("Hello.")
    panel = person.chats.side.settings
    person.chats.side.toggle("settings")
    assert panel.form.isVisible()
    assert not panel.form.text.isVisible()
    panel.form.kind.setCurrentText("JSON")
    panel.form.text.setPlainText(SCHEMA.replace("boolean", "bolean"))
    assert "no type 'bolean'" in panel.form.problem.text()
    assert panel.form.problem.isVisible()
    panel.form.text.setPlainText(SCHEMA)
    assert not panel.form.problem.isVisible()
    panel.flush()
    assert person.chats.chat is not None
    chat = person.loam.chats.get(person.chats.chat.id)
    assert chat.settings.form == AnswerForm(schema=SCHEMA)

    answer = person.ask("Which city is the capital of France?")
    assert answer.status is Status.COMPLETE
    assert json.loads(answer.content).keys() == {"city", "sure"}
    assert '"city"' in drawn(person.views()[-1])

    panel.form.kind.setCurrentText("Free text")
    panel.flush()
    assert not person.loam.chats.get(chat.id).settings.form
    assert person.errors() == []
