"""The question that a message of a chat asks, with all that its answer depends on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from app.core.errors import CannotSee
from app.core.messages import Turn
from app.core.sentences import without_markers
from app.core.settings import Settings
from app.core.types import Chat, Message, ModelSpec, Picture
from app.services.question import Question


def question_of(
    chat: Chat,
    asked: Message,
    earlier: Sequence[Message],
    spec: ModelSpec,
    settings: Settings,
    path: Callable[[Picture], Path] | None,
) -> Question:
    """path: where a picture is, None for a model that sees none. Errors: CannotSee when the
    message itself shows one to it; of earlier ones it is told that there were some."""
    if asked.pictures and path is None:
        raise CannotSee(name=Path(spec.path).stem)
    return Question(
        text=asked.content,
        spec=spec,
        sampling=chat.settings.sampling,
        system_prompt=chat.settings.system_prompt,
        before=tuple(_turn(message, path) for message in earlier),
        collections=chat.collections if asked.content.strip() else (),
        only=chat.settings.only,
        # What is seen in a picture stands in no document.
        only_documents=chat.settings.only_documents and not asked.pictures,
        over=chat.settings.over,
        passages=settings.passages,
        relevance=settings.relevance,
        form=chat.settings.form or None,
        share=settings.meaning_share,
        when_full=settings.when_full,
        tools=chat.settings.tools,
        pictures=tuple(str(path(each)) for each in asked.pictures) if path else (),
    )


def _turn(message: Message, path: Callable[[Picture], Path] | None) -> Turn:
    said = without_markers(message.content)
    if path is None:
        told = "".join(f"[Picture: {each.name}]\n" for each in message.pictures)
        return Turn(message.role.value, told + said)
    # One whose file has gone (a profile that was copied in part) must not end the chat.
    files = [str(file) for each in message.pictures if (file := path(each)).is_file()]
    return Turn(message.role.value, said, pictures=tuple(files))
