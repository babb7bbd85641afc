"""Files that come to the window, by what they are for: a page's documents, adapters or models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.core.magic import is_gguf
from app.ui import words
from app.ui.page import Page


@dataclass(frozen=True, slots=True)
class Dropped:
    """Paths of each kind; others: everything that holds no weights."""

    models: list[str]
    adapters: list[str]
    others: list[str]


def by_kind(paths: Sequence[str]) -> Dropped:
    """The kinds of files, by their first bytes."""
    weights = [path for path in paths if is_gguf(path)]
    adapters = []
    if weights:
        from app.services.adapters import is_adapter

        adapters = [path for path in weights if is_adapter(path)]
    models = [path for path in weights if path not in adapters]
    return Dropped(models, adapters, [path for path in paths if path not in weights])


def hint(paths: Sequence[str], page: Page | None) -> str:
    """What would become of files that are dropped on a page, a line for each kind."""
    dropped = by_kind(paths)
    hints = []
    if dropped.others:
        own = page.drop_hint(dropped.others) if page is not None else ""
        count = words.files(len(dropped.others))
        hints.append(own or _tr("Add {n} to Documents").replace("{n}", count))
    if dropped.adapters:
        hints.append(_tr("Add the adapter"))
    if dropped.models:
        hints.append(_tr("Add the model to Models"))
    return "\n".join(hints)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)
