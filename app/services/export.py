"""A chat as a file that other programs read: Markdown for people, JSON for programs."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from app.core.servernames import is_remote, split, where
from app.core.types import Chat, Message, Picture, Role, SentenceCheck

Kind = Literal["markdown", "json"]
Places = Callable[[Picture], Path] | None


def export(
    chat: Chat,
    messages: Sequence[Message],
    kind: Kind,
    path: Places = None,
) -> str:
    """The shown branch of a chat as text of that kind. path: where its pictures are, which then
    stand in the text."""
    make = _markdown if kind == "markdown" else _json
    return make(chat, messages, path)


def _picture(picture: Picture, path: Places) -> str:
    """A picture as a data URL, '' when its file has gone."""
    if path is None:
        return ""
    from app.services.gallery import data_url

    try:
        return data_url(path(picture), picture.kind)
    except OSError:
        return ""


def _markdown(chat: Chat, messages: Sequence[Message], path: Places) -> str:
    lines = [f"# {chat.title}", ""]
    for message in messages:
        who = "You" if message.role is Role.USER else message_author(message)
        lines += [f"## {who}, {_when(message.created)}", ""]
        for shown in message.pictures:
            name = re.sub(r"[\[\]\\\n]", " ", shown.name)
            lines += [f"![{name}]({_picture(shown, path)})", ""]
        lines += [message.content, ""]
        for source in message.sources:
            passage = source.hit.passage
            page = f", page {passage.page}" if passage.page else ""
            lines.append(f"[{source.number}] {Path(passage.path).name}{page}")
        if message.sources:
            lines.append("")
        lines += _checked(message)
        if helped := helped_by(message):
            lines += [helped, ""]
    return "\n".join(lines)


def _checked(message: Message) -> list[str]:
    if not message.checks:
        return []
    from app.services import checking

    doubts = [
        f"- {message.content[each.start : each.end]} ({checking.doubt(each)})"
        for each in message.checks
        if not each.supported
    ]
    return [checking.summary(message.checks), *doubts, ""]


def checks_json(checks: Sequence[SentenceCheck]) -> list[dict[str, object]]:
    """The check of an answer in the documented form."""
    return [
        {
            "start": each.start,
            "end": each.end,
            "supported": each.supported,
            "passage": each.passage or None,
            "missing": list(each.missing),
        }
        for each in checks
    ]


def message_author(message: Message) -> str:
    """The model's file name without its ending, or 'Model'."""
    if is_remote(message.model):
        return f"{split(message.model)[1]}, {where(message.model)}"
    return Path(message.model).stem if message.model else "Model"


def helped_by(message: Message) -> str:
    """'Computed with help of 192.0.2.5:50052', '' for an answer of this machine alone."""
    helpers = message.stats.helpers if message.stats else ()
    return f"Computed with help of {', '.join(helpers)}" if helpers else ""


def _json(chat: Chat, messages: Sequence[Message], path: Places) -> str:
    data = {
        "title": chat.title,
        "kind": chat.kind,
        "created": _when(chat.created),
        "settings": dataclasses.asdict(chat.settings),
        "messages": [
            {
                "role": message.role,
                "content": message.content,
                "created": _when(message.created),
                "model": message.model,
                "status": message.status,
                "declined": message.declined,
                "rating": message.rating,
                "checks": checks_json(message.checks),
                "helpers": list(message.stats.helpers) if message.stats else [],
                "sources": [dataclasses.asdict(source) for source in message.sources],
                "pictures": [
                    {**dataclasses.asdict(each), "url": _picture(each, path)}
                    for each in message.pictures
                ],
            }
            for message in messages
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
