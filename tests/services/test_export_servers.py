"""An exported chat tells which answers a server wrote, and where their questions went."""

from __future__ import annotations

import json
from dataclasses import replace

from app.core.types import Chat, ChatKind, GenerationStats, Message, Role, Status
from app.services.export import export
from app.services.store import codec


def test_an_export_tells_where_text_went() -> None:
    chat = Chat(1, "Primes", ChatKind.CHAT, "", False, 0.0, 0.0, 2)
    model = "http://192.168.1.5:8080/v1#qwen3-14b"
    said = Message(2, 1, None, Role.ASSISTANT, "Seven is.", Status.COMPLETE, 0.0, model)
    written = export(chat, [said], "markdown")
    assert "qwen3-14b, Text goes to 192.168.1.5:8080" in written


def test_an_export_tells_which_machines_helped() -> None:
    chat = Chat(1, "Primes", ChatKind.CHAT, "", False, 0.0, 0.0, 2)
    stats = GenerationStats(9, 0, 3, 1.0, 1.0, 12, 4096, helpers=("192.0.2.5:50052",))
    said = Message(2, 1, None, Role.ASSISTANT, "Seven is.", Status.COMPLETE, 0.0, "m.gguf")
    helped = replace(said, stats=codec.load(GenerationStats, codec.dump(stats)))
    assert "Computed with help of 192.0.2.5:50052" in export(chat, [helped], "markdown")
    assert "help of" not in export(chat, [said], "markdown")
    written = json.loads(export(chat, [helped, said], "json"))["messages"]
    assert [each["helpers"] for each in written] == [["192.0.2.5:50052"], []]
