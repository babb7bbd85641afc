"""Adapters that come as files, where no page asked for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.core.process import Cancel

if TYPE_CHECKING:
    from app.ui.context import Context


def adopt(context: Context, paths: Sequence[str]) -> None:
    """Copy adapters into the profile and say where they can be turned on."""
    from app.services.adapters import Added

    title = QCoreApplication.translate("adapters", "Adding an adapter")
    words = QCoreApplication.translate(
        "adapters", "Added adapter {name}. Turn it on in the menu of models above a chat."
    )

    def work(cancel: Cancel) -> Iterator[object]:
        for path in paths:
            yield from context.loam.adapters.add_for(Path(path), "", cancel)

    def take(event: object) -> None:
        if isinstance(event, Added):
            context.notices.toast(words.replace("{name}", event.adapter.name))
            context.navigator.adapters_changed.emit()

    context.tasks.run(work, title=title, on_event=take, shown=True)
