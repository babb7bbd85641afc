"""An exported chat tells which answers a server wrote, and where their questions went."""

from __future__ import annotations

from app.core.types import Chat, ChatKind, Message, Role, Status
from app.services.export import export


def test_an_export_tells_where_text_went() -> None:
    chat = Chat(1, "Primes", ChatKind.CHAT, "", False, 0.0, 0.0, 2)
    model = "http://192.168.1.5:8080/v1#qwen3-14b"
    said = Message(2, 1, None, Role.ASSISTANT, "Seven is.", Status.COMPLETE, 0.0, model)
    written = export(chat, [said], "markdown")
    assert "qwen3-14b, Text goes to 192.168.1.5:8080" in written
