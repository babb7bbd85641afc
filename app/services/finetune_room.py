"""Whether a model can be trained beside the chat model that is loaded, or only without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.messages import Trainability

Check = Callable[[int], Trainability]


@dataclass(frozen=True, slots=True)
class Readiness:
    """finding: what the trainer says, as it will be once `unload` is done; context: tokens at once
    that it was asked for; chat_model: path of the model that chats have loaded, empty for none;
    unload: it has to make room."""

    finding: Trainability
    context: int
    chat_model: str = ""
    unload: bool = False


def readiness(check: Check, context: int, chat_model: str, held: int) -> Readiness:
    """check(freed): the trainer's answer with so many bytes more than are free now; held: bytes
    that unloading the chat model would free. It is unloaded only when that makes training possible
    or lets it take the fast way."""
    beside = check(0)
    if not chat_model or held <= 0 or (beside.trainable and beside.full_precision):
        return Readiness(beside, context, chat_model)
    alone = check(held)
    if _rank(alone) > _rank(beside):
        return Readiness(alone, context, chat_model, unload=True)
    return Readiness(beside, context, chat_model)


def held_by(pid: int | None) -> int:
    """Bytes that come free when a process ends; 0 where the system doesn't say. Pages of mapped
    files are not counted: the system takes those back by itself."""
    if pid is None:
        return 0
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    parts = (line.split() for line in lines if line.startswith(("RssAnon:", "RssShmem:")))
    return sum(int(part[1]) * 1024 for part in parts)


def _rank(finding: Trainability) -> int:
    return int(finding.trainable) + int(finding.trainable and finding.full_precision)
