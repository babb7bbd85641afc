"""Chats and their messages in SQLite. What the person thinks of answers: ratings.py.

A chat is a tree; the branch that is shown runs from `chats.leaf` up to the root. Deleting only
marks, so that it can be undone; what was marked a month ago goes for good.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.database import Database
from app.core.errors import LoamError, NotFound
from app.core.lock import FileLock
from app.core.types import Chat, ChatKind, ChatSettings, Message, Role, Status
from app.services.store import codec
from app.services.store.rows import MESSAGE, chat_of, message_of, pictures_of
from app.services.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from app.core.types import GenerationStats, Picture, SentenceCheck, Source, ToolStep

_FORGET_AFTER_S = 30 * 24 * 3600.0


class ChatStore:
    """The chats of one profile. All methods may raise StoreError; ids unknown: NotFound."""

    def __init__(self, path: Path) -> None:
        self._db = Database(path, MIGRATIONS)
        self._lock = FileLock(path.with_name(path.name + ".lock"))
        if self._lock.acquire():
            # Alone with the file: whatever is still being written is from a run that was killed.
            self._forget_deleted()
            for row in self._db.read("SELECT id FROM messages WHERE status = 'streaming'"):
                whole = self.message(row["id"]).content
                self.finish(row["id"], whole, Status.STOPPED, note="interrupted")

    @property
    def database(self) -> Database:
        """The file, for what is kept beside the chats."""
        return self._db

    @property
    def problems(self) -> list[LoamError]:
        """What was repaired while opening."""
        return self._db.problems

    def close(self) -> None:
        """No method may follow."""
        self._db.close()
        self._lock.release()

    def _forget_deleted(self) -> None:
        old = self._db.read(
            "SELECT id FROM chats WHERE deleted < ?", (time.time() - _FORGET_AFTER_S,)
        )
        for row in old:
            with self._db.write() as w:
                w.execute(
                    "DELETE FROM words WHERE rowid IN (SELECT id FROM messages WHERE chat_id = ?)",
                    (row["id"],),
                )
                w.execute("DELETE FROM chats WHERE id = ?", (row["id"],))

    # --- chats ---------------------------------------------------------------------------------

    def chats(self, query: str = "") -> list[Chat]:
        """Chats not deleted, pinned first, then the last used. A query is looked for in titles
        (anywhere) and in messages (all its words, the last one as a beginning)."""
        order = "ORDER BY pinned DESC, updated DESC, id DESC"
        if not query.strip():
            rows = self._db.read(f"SELECT * FROM chats WHERE deleted IS NULL {order}")
            return [chat_of(row) for row in rows]
        words = [w.replace('"', '""') for w in query.split()]
        match = " ".join(f'"{w}"' for w in words) + "*"
        escaped = query.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._db.read(
            f"""SELECT * FROM chats WHERE deleted IS NULL AND (title LIKE ? ESCAPE '\\' OR id IN
                (SELECT chat_id FROM messages WHERE id IN
                    (SELECT rowid FROM words WHERE words MATCH ?))) {order}""",
            (f"%{escaped}%", match),
        )
        return [chat_of(row) for row in rows]

    def chat(self, chat_id: int) -> Chat:
        rows = self._db.read("SELECT * FROM chats WHERE id = ?", (chat_id,))
        if not rows:
            raise NotFound(thing="This chat")
        return chat_of(rows[0])

    def create(
        self, title: str, kind: ChatKind, settings: ChatSettings, collections: tuple[int, ...]
    ) -> Chat:
        now = time.time()
        with self._db.write() as w:
            cursor = w.execute(
                "INSERT INTO chats (title, kind, created, updated, settings, collections)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (title, kind, now, now, codec.dump(settings), codec.dump(collections)),
            )
        return self.chat(int(cursor.lastrowid or 0))

    def update(self, chat_id: int, **columns: object) -> None:
        """Set columns of a chat; names come from code, never from input."""
        names = ", ".join(f"{name} = ?" for name in columns)
        with self._db.write() as w:
            found = w.execute(
                f"UPDATE chats SET {names} WHERE id = ?", (*columns.values(), chat_id)
            )
            if not found.rowcount:
                raise NotFound(thing="This chat")

    def set_settings(self, chat_id: int, settings: ChatSettings) -> None:
        self.update(chat_id, settings=codec.dump(settings))

    def set_collections(self, chat_id: int, collections: tuple[int, ...]) -> None:
        self.update(chat_id, collections=codec.dump(collections))

    # --- messages ------------------------------------------------------------------------------

    def message(self, message_id: int) -> Message:
        rows = self._db.read(f"{MESSAGE} WHERE m.id = ?", (message_id,))
        if not rows:
            raise NotFound(thing="This message")
        return message_of(rows[0])

    def path(self, leaf: int | None, limit: int) -> list[Message]:
        """`leaf` and its ancestors, oldest first, at most `limit` of them, nearest to the leaf."""
        if leaf is None or limit < 1:
            return []
        rows = self._db.read(
            f"""WITH RECURSIVE up (id, parent_id, steps) AS (
                    SELECT id, parent_id, 1 FROM messages WHERE id = ?
                    UNION ALL
                    SELECT p.id, p.parent_id, steps + 1 FROM messages p
                    JOIN up ON p.id = up.parent_id WHERE steps < ?)
                {MESSAGE} JOIN up ON up.id = m.id ORDER BY m.depth""",
            (leaf, limit),
        )
        return [message_of(row) for row in rows]

    def depth(self, message_id: int) -> int:
        """How many messages stand before this one in its branch."""
        rows = self._db.read("SELECT depth FROM messages WHERE id = ?", (message_id,))
        return int(rows[0]["depth"]) if rows else -1

    def add(
        self,
        chat_id: int,
        parent_id: int | None,
        role: Role,
        content: str,
        status: Status,
        model: str = "",
        pictures: Sequence[Picture] = (),
    ) -> Message:
        """Append a message under `parent_id` and show it."""
        now = time.time()
        depth = 0 if parent_id is None else self.depth(parent_id) + 1
        told = (chat_id, parent_id, depth, role, content, status, now, model)
        with self._db.write() as w:
            cursor = w.execute(
                "INSERT INTO messages (chat_id, parent_id, depth, role, content, status, created,"
                " model, pictures) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*told, codec.dump(tuple(pictures))),
            )
            message_id = int(cursor.lastrowid or 0)
            w.execute("UPDATE messages SET child = ? WHERE id = ?", (message_id, parent_id))
            w.execute(
                "UPDATE chats SET leaf = ?, updated = ? WHERE id = ?", (message_id, now, chat_id)
            )
            w.execute("INSERT INTO words (rowid, content) VALUES (?, ?)", (message_id, content))
        return self.message(message_id)

    def reopen(self, message_id: int) -> None:
        """Let streamed text be appended to a finished message again."""
        with self._db.write() as w:
            w.execute(
                "UPDATE messages SET status = ?, note = '' WHERE id = ?",
                (Status.STREAMING, message_id),
            )

    def append(self, message_id: int, number: int, text: str) -> None:
        """Keep piece `number` of a message that is still being written."""
        with self._db.write() as w:
            w.execute("INSERT INTO parts VALUES (?, ?, ?)", (message_id, number, text))

    def finish(
        self,
        message_id: int,
        content: str,
        status: Status,
        sources: tuple[Source, ...] | None = None,
        stats: GenerationStats | None = None,
        declined: bool = False,
        note: str = "",
        checks: tuple[SentenceCheck, ...] = (),
        over: str | None = None,
        steps: tuple[ToolStep, ...] | None = None,
    ) -> None:
        """Give a message its last text. sources, steps None: it keeps those it has."""
        with self._db.write() as w:
            w.execute(
                "UPDATE messages SET content = ?, status = ?, stats = COALESCE(?, stats),"
                " sources = COALESCE(?, sources), declined = ?, note = ?, checks = ?,"
                " over = COALESCE(?, over),"
                " tool_steps = COALESCE(?, tool_steps) WHERE id = ?",
                (
                    content,
                    status,
                    codec.dump(stats) if stats else None,
                    None if sources is None else codec.dump(sources),
                    declined,
                    note,
                    codec.dump(checks),
                    over,
                    None if steps is None else codec.dump(steps),
                    message_id,
                ),
            )
            w.execute("DELETE FROM parts WHERE message_id = ?", (message_id,))
            w.execute("UPDATE words SET content = ? WHERE rowid = ?", (content, message_id))

    def drawn_from(self, message_id: int, over: str) -> None:
        """Keep what of the documents an answer is drawn from, however it ends."""
        with self._db.write() as w:
            w.execute("UPDATE messages SET over = ? WHERE id = ?", (over, message_id))

    def pictures(self) -> list[Picture]:
        """Those of all messages, also of chats that can still be had back."""
        rows = self._db.read("SELECT DISTINCT pictures FROM messages WHERE pictures != '[]'")
        return [picture for row in rows for picture in pictures_of(row["pictures"])]

    def show_branch(self, message_id: int, branch: int) -> None:
        """Show sibling number `branch` of a message, with the replies last shown under it."""
        message = self.message(message_id)
        siblings = self._db.read(
            "SELECT id FROM messages WHERE chat_id = ? AND parent_id IS ? ORDER BY id",
            (message.chat_id, message.parent_id),
        )
        if not 1 <= branch <= len(siblings):
            raise NotFound(thing="This version")
        chosen = int(siblings[branch - 1]["id"])
        (leaf,) = self._db.read(
            """WITH RECURSIVE down (id, child) AS (
                   SELECT id, child FROM messages WHERE id = ?
                   UNION ALL
                   SELECT m.id, m.child FROM messages m JOIN down ON m.id = down.child)
               SELECT id FROM down WHERE child IS NULL""",
            (chosen,),
        )
        with self._db.write() as w:
            w.execute("UPDATE messages SET child = ? WHERE id = ?", (chosen, message.parent_id))
            w.execute("UPDATE chats SET leaf = ? WHERE id = ?", (leaf["id"], message.chat_id))
