"""Chats in real SQLite: trees, search, undo, kills, damage, migrations."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.core.database import Database
from app.core.errors import NotFound, StoreBroken, StoreTooNew
from app.core.types import (
    ChatKind,
    ChatSettings,
    GenerationStats,
    Hit,
    Passage,
    Role,
    Sampling,
    Source,
    Status,
)
from app.services.store import schema
from app.services.store.chats import ChatStore
from app.services.store.ratings import RatingStore
from tests import patience

STATS = GenerationStats(10, 4, 20, 100.0, 30.0, 34, 4096)
SOURCE = Source(
    1, Hit(Passage(5, 2, "/d/a.pdf", "A", 3, ("One", "Two"), 10, 20, "the text ☂"), 0.8, 0.7, 3.1)
)


@pytest.fixture
def store(tmp_path: Path) -> ChatStore:
    return ChatStore(tmp_path / "chats.sqlite3")


def new_chat(store: ChatStore, title: str = "New chat") -> int:
    return store.create(title, ChatKind.CHAT, ChatSettings(), ()).id


def say(store: ChatStore, chat: int, parent: int | None, text: str, role: Role = Role.USER) -> int:
    return store.add(chat, parent, role, text, Status.COMPLETE).id


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while not file.exists():
        assert time.monotonic() < deadline, f"{file.name} was not made"
        time.sleep(0.02)


def shown(store: ChatStore, chat: int) -> list[str]:
    return [m.content for m in store.path(store.chat(chat).leaf, 1000)]


def test_everything_of_a_chat_comes_back_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    store = ChatStore(path)
    settings = ChatSettings("Be brief.", Sampling(temperature=0.9, seed=7), 2048, False)
    chat = store.create("A chat", ChatKind.COMPLETION, settings, (3, 1))
    asked = say(store, chat.id, None, "Why?")
    answer = store.add(chat.id, asked, Role.ASSISTANT, "", Status.STREAMING, "m.gguf")
    store.finish(answer.id, "Because [1].", Status.LENGTH, (SOURCE,), STATS, True, "a note")
    store.close()

    again = ChatStore(path)
    chat = again.chat(chat.id)
    assert (chat.settings, chat.collections, chat.kind) == (settings, (3, 1), ChatKind.COMPLETION)
    message = again.message(answer.id)
    assert message.content == "Because [1]."
    assert (message.sources, message.stats) == ((SOURCE,), STATS)
    assert (message.status, message.declined, message.note) == (Status.LENGTH, True, "a note")
    assert message.model == "m.gguf"


def test_branches_keep_what_was_said_under_each(store: ChatStore) -> None:
    chat = new_chat(store)
    q1 = say(store, chat, None, "q1")
    a1 = say(store, chat, q1, "a1", Role.ASSISTANT)
    q2 = say(store, chat, a1, "q2")
    say(store, chat, q2, "a2", Role.ASSISTANT)
    other = say(store, chat, q1, "a1 other", Role.ASSISTANT)
    assert shown(store, chat) == ["q1", "a1 other"]
    assert (store.message(other).branch, store.message(other).branches) == (2, 2)
    store.show_branch(other, 1)
    assert shown(store, chat) == ["q1", "a1", "q2", "a2"]
    first_edit = say(store, chat, None, "q1 edited")
    assert shown(store, chat) == ["q1 edited"]
    store.show_branch(first_edit, 1)
    assert shown(store, chat) == ["q1", "a1", "q2", "a2"]
    with pytest.raises(NotFound):
        store.show_branch(first_edit, 3)


def test_a_window_of_a_long_chat_costs_its_own_length(store: ChatStore) -> None:
    chat = new_chat(store)
    parent = None
    with store._db.write() as w:
        for n in range(10_000):
            w.execute(
                "INSERT INTO messages (id, chat_id, parent_id, child, depth, role, content, status,"
                " created) VALUES (?, ?, ?, ?, ?, 'user', ?, 'complete', 0)",
                (n + 1, chat, parent, n + 2 if n < 9_999 else None, n, f"m{n}"),
            )
            parent = n + 1
        w.execute("UPDATE chats SET leaf = ? WHERE id = ?", (parent, chat))
    newest = store.path(store.chat(chat).leaf, 40)
    assert [m.content for m in newest] == [f"m{n}" for n in range(9_960, 10_000)]
    assert store.depth(newest[-1].id) == 9_999
    earlier = store.path(newest[0].parent_id, 40)
    assert earlier[-1].content == "m9959"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("invoice", ["Bills"]),
        ("invoi", ["Bills"]),
        ("bil", ["Bills"]),
        ("zürich", ["Travel"]),
        ("zurich", ["Travel"]),
        ("100%", ["100% sure"]),
        ("0_", []),
        ('"', []),
        ("NEAR(a b)", []),
        ("invoice -travel AND", []),
        ("☂" * 500, []),
    ],
)
def test_search_takes_any_text(store: ChatStore, query: str, found: list[str]) -> None:
    for title, text in [
        ("Bills", "The invoice is due"),
        ("Travel", "Trains to Zürich"),
        ("100% sure", "nothing"),
    ]:
        say(store, new_chat(store, title), None, text)
    assert [c.title for c in store.chats(query)] == found


def test_pinned_chats_come_first_and_deleted_ones_can_return(store: ChatStore) -> None:
    first, second, third = (new_chat(store, t) for t in ("one", "two", "three"))
    store.update(first, pinned=1)
    say(store, second, None, "newest")
    assert [c.title for c in store.chats()] == ["one", "two", "three"]
    store.update(second, deleted=time.time())
    assert [c.title for c in store.chats()] == ["one", "three"]
    store.update(second, deleted=None)
    assert shown(store, second) == ["newest"]
    assert third


def test_what_was_deleted_long_ago_is_gone_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    store = ChatStore(path)
    chat = new_chat(store)
    say(store, chat, None, "unforgettable")
    store.update(chat, deleted=time.time() - 31 * 24 * 3600)
    store.close()
    store = ChatStore(path)
    with pytest.raises(NotFound):
        store.chat(chat)
    assert store._db.read("SELECT * FROM words WHERE words MATCH 'unforgettable'") == []


WRITER = """
import sys, pathlib
from app.services.store.chats import ChatStore
from app.core.types import *
store = ChatStore(pathlib.Path(sys.argv[1]))
chat = store.create("t", ChatKind.CHAT, ChatSettings(), ())
message = store.add(chat.id, None, Role.ASSISTANT, "", Status.STREAMING)
for n in range(100000):
    store.append(message.id, n, f"{n} ")
    print(n, flush=True)
"""


def test_a_kill_while_streaming_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        seen = [int(writer.stdout.readline()) for _ in range(50)]
        os.kill(writer.pid, signal.SIGKILL)
        seen += [int(line) for line in writer.stdout if line.endswith("\n")]
    store = ChatStore(path)
    (chat,) = store.chats()
    message = store.message(chat.leaf or 0)
    numbers = [int(n) for n in message.content.split()]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= len(seen)
    assert (message.status, message.note) == (Status.STOPPED, "interrupted")


def test_a_second_process_leaves_a_running_answer_alone(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    store = ChatStore(path)
    chat = new_chat(store)
    message = store.add(chat, None, Role.ASSISTANT, "", Status.STREAMING)
    code = (
        "import sys, pathlib; from app.services.store.chats import ChatStore; "
        "ChatStore(pathlib.Path(sys.argv[1])).close()"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    assert store.message(message.id).status is Status.STREAMING


def test_a_damaged_file_is_put_aside_and_the_copy_opened(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    store = ChatStore(path)
    say(store, new_chat(store, "kept"), None, "words " * 2000)
    store.close()
    copy = tmp_path / "chats.sqlite3.copy"
    wait_for(copy)  # the first start copied an empty file; the next start makes a new copy
    copy.unlink()
    ChatStore(path).close()
    wait_for(copy)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    for beside in tmp_path.glob("chats.sqlite3-*"):
        beside.unlink()
    path.write_bytes(data)

    store = ChatStore(path)
    assert [type(p) for p in store.problems] == [StoreBroken]
    assert [c.title for c in store.chats()] == ["kept"]
    assert list(tmp_path.glob("chats.sqlite3.damaged-*"))


def test_a_migration_keeps_a_copy_and_is_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite3"
    first = "CREATE TABLE a (n INTEGER)"
    database = Database(path, [first])
    with database.write() as w:
        w.execute("INSERT INTO a VALUES (1)")
    database.close()
    with pytest.raises(Exception, match="no_such"):
        Database(path, [first, "CREATE TABLE b (n); INSERT INTO no_such VALUES (1)"])
    assert (tmp_path / "x.sqlite3.before-2").exists()
    again = Database(path, [first, "ALTER TABLE a ADD COLUMN m INTEGER DEFAULT 2"])
    assert [tuple(r) for r in again.read("SELECT * FROM a")] == [(1, 2)]


def test_a_new_file_leaves_no_copies_of_nothing(tmp_path: Path) -> None:
    Database(tmp_path / "x.sqlite3", ["CREATE TABLE a (n)", "CREATE TABLE b (n)"]).close()
    assert not list(tmp_path.glob("*.before-*"))


def test_data_of_a_newer_loam_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    ChatStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(StoreTooNew):
        ChatStore(path)


def test_ratings_and_rewritten_answers_are_kept_and_listed(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    store = ChatStore(path)
    chat = new_chat(store)
    asked = say(store, chat, None, "Why?")
    plain = say(store, chat, asked, "Because.", Role.ASSISTANT)
    store.finish(plain, "Because [1].", Status.COMPLETE, (SOURCE,))
    good = say(store, chat, asked, "Since it rains.", Role.ASSISTANT)
    bad = say(store, chat, asked, "No.", Role.ASSISTANT)
    for message_id, rating in ((plain, 1), (good, 1), (bad, -1)):
        RatingStore(store.database).rate(message_id, rating)
    mine = RatingStore(store.database).rewrite(store.message(plain), "Because it rains [1].")
    store.close()

    again = ChatStore(path)
    rated = RatingStore(again.database)
    assert [m.rating for m in map(again.message, (plain, good, bad, mine.id))] == [1, 1, -1, 0]
    # The rewritten version stands for the answer that it was made from.
    assert [m.id for m in rated.liked()] == [good, mine.id]
    shown_now = again.path(again.chat(chat).leaf, 10)[-1]
    assert (shown_now.content, shown_now.rewrites) == ("Because it rains [1].", plain)
    assert (shown_now.sources, shown_now.branches) == ((SOURCE,), 4)
    assert again.message(plain).content == "Because [1]."
    assert again.chats("rains")
    rated.rate(mine.id, -1)
    assert [m.id for m in rated.liked()] == [plain, good]
    again.update(chat, deleted=time.time())
    assert rated.liked() == []
    with pytest.raises(NotFound):
        rated.rate(999, 1)
    again.close()


def test_chats_of_the_first_loam_get_ratings(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    old = Database(path, schema.MIGRATIONS[:1])
    with old.write() as w:
        w.execute(
            "INSERT INTO chats (title, kind, created, updated, settings, leaf)"
            " VALUES ('Old', 'chat', 1, 1, '{}', 1)"
        )
        w.execute(
            "INSERT INTO messages (chat_id, depth, role, content, status, created)"
            " VALUES (1, 0, 'assistant', 'Hello', 'complete', 1)"
        )
    old.close()
    store = ChatStore(path)
    assert shown(store, 1) == ["Hello"]
    RatingStore(store.database).rate(1, 1)
    assert [(m.content, m.rating, m.rewrites) for m in RatingStore(store.database).liked()] == [
        ("Hello", 1, 0)
    ]
    store.close()
