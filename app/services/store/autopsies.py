"""How answers came about, beside their messages in the chats database; they go with them."""

from __future__ import annotations

import json
import zlib

from app.core.database import Database
from app.core.errors import NotFound
from app.core.types import Autopsy
from app.services.store import codec

_KEPT = 2_000
_MOST_BYTES = 8_000_000


class AutopsyStore:
    """One a message, of the newest 2,000. All methods may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, message_id: int, autopsy: Autopsy) -> None:
        """Keep a record in place of an earlier one; nothing when the message has gone."""
        record = zlib.compress(codec.dump(autopsy).encode())
        with self._db.write() as w:
            w.execute(
                "INSERT OR REPLACE INTO autopsies SELECT id, ? FROM messages WHERE id = ?",
                (record, message_id),
            )
            w.execute(
                """DELETE FROM autopsies WHERE message_id <=
                (SELECT message_id FROM autopsies ORDER BY message_id DESC LIMIT 1 OFFSET ?)""",
                (_KEPT,),
            )

    def get(self, message_id: int) -> Autopsy:
        """Errors: NotFound when there is none, or none that can be read."""
        rows = self._db.read("SELECT record FROM autopsies WHERE message_id = ?", (message_id,))
        if not rows:
            raise NotFound(thing="The record of how this answer came about")
        try:
            text = zlib.decompressobj().decompress(rows[0][0], _MOST_BYTES).decode()
            return codec.load(Autopsy, text)
        except (zlib.error, ValueError, TypeError, KeyError) as error:
            thing = "The record of how this answer came about"
            raise NotFound(repr(error), thing=thing) from None

    def known(self, messages: list[int]) -> set[int]:
        """Those of the messages that have a record."""
        rows = self._db.read(
            "SELECT message_id FROM autopsies WHERE message_id IN (SELECT value FROM json_each(?))",
            (json.dumps(messages),),
        )
        return {row[0] for row in rows}
