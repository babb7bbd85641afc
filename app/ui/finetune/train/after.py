"""What follows a run: it is told how it ended, and its adapter gets the state that is wanted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from app.core.errors import LoamError
from app.services.finetune_runs import TuneRun
from app.ui.context import Context
from app.ui.finetune.train.watch import Watch


def tell(context: Context, watch: Watch) -> None:
    """How a run ended that is not in front."""
    if watch.error is not None:
        context.notices.show(watch.error)
        return
    text = QCoreApplication.translate("training", "“{name}” is paused.")
    if watch.made:
        text = QCoreApplication.translate("training", "“{name}” is trained.")
    context.notices.toast(text.replace("{name}", watch.name))


def take(context: Context, run: TuneRun | None, which: str, done: Callable[[], None]) -> None:
    """Give a run's adapter its best values, or its last ones; `done` follows, also after a failure
    that was shown."""

    if run is None:
        return

    def taken(_run: object) -> None:
        done()
        context.navigator.adapters_changed.emit()

    def refused(error: LoamError) -> None:
        context.notices.show(error)
        done()

    finetune = context.loam.finetune
    context.tasks.call(lambda: finetune.take(run.id, which), taken, on_error=refused)
