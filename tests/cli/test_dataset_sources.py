"""Rows from chats and documents, and rows changed, from the terminal."""

from __future__ import annotations

import json
from pathlib import Path

from app.core.paths import Profile
from app.core.types import ChatKind, ChatSettings, Role, Status
from app.services.store.chats import ChatStore
from tests.cli.conftest import Loam, parsed


def test_liked_answers_become_rows(loam: Loam, home: Path) -> None:
    store = ChatStore(Profile(home).create().chats)
    chat = store.create("Opening hours", ChatKind.CHAT, ChatSettings(""), ()).id
    asked = store.add(chat, None, Role.USER, "When?", Status.COMPLETE)
    good = store.add(chat, asked.id, Role.ASSISTANT, "At nine.", Status.COMPLETE, "m.gguf")
    weak = store.add(chat, asked.id, Role.ASSISTANT, "No idea.", Status.COMPLETE, "m.gguf")
    store.close()
    assert loam("chats", "rate", str(good.id), "1").returncode == 0
    assert loam("chats", "rate", str(weak.id), "2").returncode == 2
    refused = loam("chats", "rate", str(asked.id), "1")
    assert refused.returncode == 2
    assert "Only an answer can be rated." in refused.stderr
    (mine,) = parsed(loam("chats", "--json", "rewrite", str(weak.id), "At nine, I think."))
    assert mine["rewrites"] == weak.id
    liked = parsed(loam("chats", "--json", "liked"))
    assert [message["id"] for message in liked] == [good.id, mine["id"]]
    collect = ("dataset", "collect", "--chats", "--name", "Liked", "--json")
    (done,) = parsed(loam(*collect))
    assert len(done["rows"]) == 2
    rows = parsed(loam("dataset", "show", "--name", "Liked", "--json"))
    assert [row["turns"][-1]["content"] for row in rows] == ["At nine.", "At nine, I think."]
    # They are taken once.
    (again,) = parsed(loam(*collect))
    assert again["rows"] == []


def test_rows_are_written_and_changed_by_hand(loam: Loam) -> None:
    name = ("--name", "By hand")
    written = ("--question", "When?", "--answer", "At nine.")
    (made,) = parsed(loam("dataset", "add", *name, *written, "--json"))
    row = str(made["row"])
    parsed(loam("dataset", "edit", row, "--answer", "At ten.", "--json"))
    (changed,) = parsed(loam("dataset", "label", "hours", row, "--json"))
    assert changed == {"changed": 1}
    (shown,) = parsed(loam("dataset", "show", row, "--json"))
    assert shown["turns"][1]["content"] == "At ten."
    assert shown["label"] == "hours"
    (gone,) = parsed(loam("dataset", "remove", row, "--json"))
    assert gone == {"changed": 1}
    (undone,) = parsed(loam("dataset", "undo", *name, "--json"))
    assert undone["what"] == f"Delete row {row}"
    refused = loam("dataset", "add", *name, "--question", "Why?")
    assert refused.returncode == 2
    assert "--answer" in refused.stderr


def test_the_model_writes_rows_about_a_collection(loam: Loam, tmp_path: Path) -> None:
    # The tests of generating hold that this model writes something usable about it.
    fact = (
        "The summer party is on 23 August 2025 from 15:00 in the yard. Everyone brings something "
        "to eat, and the band plays until ten in the evening.\n"
    )
    (tmp_path / "party.txt").write_text(fact)
    own = ("--profile", str(tmp_path / "profile"))
    loam(*own, "collections", "add", "Party", str(tmp_path / "party.txt"))
    arguments = ("--collection", "Party", "--count", "1", "--name", "About the party", "--json")
    (done,) = parsed(loam(*own, "dataset", "generate", *arguments))
    assert done["rows"] == len(done["ids"])
    assert done["rows"] + done["turned_away"] == 1, json.dumps(done)
    for row in parsed(loam(*own, "dataset", "show", "--json")):
        assert row["synthetic"]
        assert row["source"]["path"] == str(tmp_path / "party.txt")
