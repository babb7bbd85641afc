"""What the person thinks of answers: thumbs, and versions of their own. Kept with the messages."""

from __future__ import annotations

import time

from app.core.database import Database
from app.core.errors import NotFound
from app.core.types import Message, Status
from app.services.store.rows import MESSAGE, message_of


class RatingStore:
    """Of one profile's messages. All methods may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def rate(self, message_id: int, rating: int) -> None:
        """Keep what the person thinks of a message: -1, 0 or 1. Errors: NotFound."""
        with self._db.write() as w:
            found = w.execute("UPDATE messages SET rating = ? WHERE id = ?", (rating, message_id))
            if not found.rowcount:
                raise NotFound(thing="This message")

    def rewrite(self, original: Message, text: str) -> Message:
        """An answer of the person's own beside a model's, in one transaction with its mark."""
        now = time.time()
        with self._db.write() as w:
            cursor = w.execute(
                "INSERT INTO messages (chat_id, parent_id, depth, role, content, status, created,"
                " model, sources, rewrites) SELECT chat_id, parent_id, depth, role, ?, ?, ?, model,"
                " sources, id FROM messages WHERE id = ?",
                (text, Status.COMPLETE, now, original.id),
            )
            message_id = int(cursor.lastrowid or 0)
            w.execute(
                "UPDATE messages SET child = ? WHERE id = ?", (message_id, original.parent_id)
            )
            w.execute(
                "UPDATE chats SET leaf = ?, updated = ? WHERE id = ?",
                (message_id, now, original.chat_id),
            )
            w.execute("INSERT INTO words (rowid, content) VALUES (?, ?)", (message_id, text))
        rows = self._db.read(f"{MESSAGE} WHERE m.id = ?", (message_id,))
        return message_of(rows[0])

    def liked(self) -> list[Message]:
        """Answers of chats in the list that the person rated up, or wrote themselves and did not
        rate down; of an answer that was rewritten, only what was made of it. Oldest first."""
        rows = self._db.read(
            f"""{MESSAGE} JOIN chats c ON c.id = m.chat_id
                WHERE (m.rating > 0 OR m.rewrites > 0) AND m.rating >= 0 AND c.deleted IS NULL
                AND NOT EXISTS (SELECT 1 FROM messages b
                    WHERE b.rewrites > 0 AND b.rewrites = m.id AND b.rating >= 0)
                ORDER BY m.id"""
        )
        return [message_of(row) for row in rows]
