"""Rows of the chats database as the things they are."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from app.core import types
from app.core.types import Chat, ChatKind, ChatSettings, Message, Over, Role, Status
from app.services.store import codec

if TYPE_CHECKING:
    from app.core.types import Picture, SentenceCheck, ToolStep

MESSAGE = """
    SELECT m.*,
        m.content || COALESCE((SELECT group_concat(text, '') FROM
            (SELECT text FROM parts WHERE message_id = m.id ORDER BY number)), '') AS whole,
        (SELECT count(*) FROM messages s
            WHERE s.chat_id = m.chat_id AND s.parent_id IS m.parent_id) AS branches,
        (SELECT count(*) FROM messages s
            WHERE s.chat_id = m.chat_id AND s.parent_id IS m.parent_id AND s.id <= m.id) AS branch,
        EXISTS (SELECT 1 FROM autopsies WHERE message_id = m.id) AS explained
    FROM messages m
"""
"""Messages `m` with their whole text, also while it is being written, and their place among their
siblings; the rest of a query goes behind it."""


def chat_of(row: sqlite3.Row) -> Chat:
    """A chat as it is kept."""
    return Chat(
        id=row["id"],
        title=row["title"],
        kind=ChatKind(row["kind"]),
        model=row["model"],
        pinned=bool(row["pinned"]),
        created=row["created"],
        updated=row["updated"],
        leaf=row["leaf"],
        collections=codec.load_all(int, row["collections"]),
        settings=codec.load(ChatSettings, row["settings"]),
    )


def message_of(row: sqlite3.Row) -> Message:
    """A message as it is kept, with what its query counts beside it."""
    return Message(
        id=row["id"],
        chat_id=row["chat_id"],
        parent_id=row["parent_id"],
        role=Role(row["role"]),
        content=row["whole"],
        status=Status(row["status"]),
        created=row["created"],
        model=row["model"],
        sources=codec.load_all(types.Source, row["sources"]),
        stats=codec.load(types.GenerationStats, row["stats"]) if row["stats"] else None,
        declined=bool(row["declined"]),
        note=row["note"],
        branch=row["branch"],
        branches=row["branches"],
        rating=row["rating"],
        rewrites=row["rewrites"],
        explained=bool(row["explained"]),
        checks=_checks(row["checks"]),
        over=Over(row["over"] or Over.AUTO),
        steps=_steps(row["tool_steps"]),
        pictures=pictures_of(row["pictures"]),
    )


def pictures_of(text: str) -> tuple[Picture, ...]:
    """Those that a message shows, as they are kept."""
    if text == "[]":
        return ()
    from app.core.types import Picture

    return codec.load_all(Picture, text)


def _steps(text: str) -> tuple[ToolStep, ...]:
    if text == "[]":
        return ()
    from app.core.types import ToolStep

    return codec.load_all(ToolStep, text)


def _checks(text: str) -> tuple[SentenceCheck, ...]:
    if text == "[]":
        return ()
    from app.core.types import SentenceCheck

    return codec.load_all(SentenceCheck, text)
