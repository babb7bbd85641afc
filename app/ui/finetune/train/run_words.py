"""Where a run stands, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core.types import BEST
from app.services.finetune_runs import RunState, TuneRun
from app.ui import model_words, words
from app.ui.finetune.train.plot import loss_text
from app.ui.finetune.train.watch import Watch
from app.ui.notices import do_text, what_text


def _tr(text: str) -> str:
    return QCoreApplication.translate("training", text)


def heading(run: TuneRun | None, watch: Watch) -> str:
    """One sentence on what happens."""
    if watch.writing:
        return _tr("Writing the adapter.")
    if watch.live:
        if watch.pausing:
            return _tr("Pausing: what was learnt is being kept.")
        return _tr("The model is learning.") if watch.begun else _tr("Getting ready to learn.")
    if run is None:
        return ""
    if run.state is RunState.DONE:
        if run.steps and run.step < run.steps:
            return _tr("Stopped early and kept. The adapter is ready.")
        return _tr("Done. The adapter is ready.")
    if run.queued and watch.waits_for:
        return _tr("Waiting for “{name}”.").replace("{name}", watch.waits_for)
    if run.queued:
        return _tr("In the queue.")
    if run.state is RunState.FAILED:
        return _tr("Training came apart.") if diverged(run) else _tr("Training could not go on.")
    if run.state is RunState.INTERRUPTED:
        return _tr("Interrupted. What was learnt is kept.")
    if run.closed:
        return _tr("Paused when Loam closed.")
    return _tr("Paused.") if run.steps else _tr("Not begun yet.")


def detail(run: TuneRun | None, watch: Watch) -> str:
    """What it means, below the heading; may be empty."""
    if watch.live:
        if watch.doing is not None and not watch.begun:
            return _prepared(watch)
        return ""
    if watch.error is not None:
        return f"{what_text(watch.error)} {do_text(watch.error)}".strip()
    if run is None:
        return ""
    if run.state is RunState.DONE:
        return _gained(run, watch)
    if run.queued:
        return _tr("It starts by itself when the run before it is done or paused.")
    if run.state is RunState.FAILED:
        return run.detail
    if run.state in (RunState.PAUSED, RunState.INTERRUPTED) and run.steps:
        text = _tr("It goes on after update {n} of {m}, with the same result as without the break.")
        text = text.replace("{n}", words.number(run.kept_step))
        return text.replace("{m}", words.number(run.steps))
    return ""


def short(run: TuneRun | None, watch: Watch | None) -> str:
    """A word or two for the step bar."""
    if watch is not None and watch.live:
        if not watch.begun:
            return _tr("Getting ready")
        return _of(watch.figures.step, watch.figures.steps)
    if run is None:
        return ""
    if run.queued:
        return _tr("Waiting")
    names = {
        RunState.WAITING: _tr("Not begun"),
        RunState.RUNNING: _tr("Running elsewhere"),
        RunState.PAUSED: _tr("Paused"),
        RunState.INTERRUPTED: _tr("Interrupted"),
        RunState.FAILED: _tr("Stopped"),
        RunState.DONE: _tr("Done"),
    }
    return names[run.state]


def diverged(run: TuneRun) -> bool:
    """Whether its loss was no number any more."""
    return run.error == "Diverged"


def about(run: TuneRun, model: str) -> str:
    """One quiet line on what is trained on what; model: the one that the project has now."""
    text = _tr("{model} learns from “{data}”, {n} rows").replace(
        "{model}", model_words.from_path(run.model)
    )
    text = text.replace("{data}", run.data).replace("{n}", words.number(run.rows))
    if run.precision:
        text += f". {run.precision}"
    if model and run.model != model:
        text += " " + _tr("The project has another model by now; a new run will use that.")
    return text


def _prepared(watch: Watch) -> str:
    assert watch.doing is not None
    text = QCoreApplication.translate("training", watch.doing.what)
    if watch.doing.total > 0 and watch.doing.done > 0:
        text += f" ({round(100 * watch.doing.fraction)} %)"
    return text


def _gained(run: TuneRun, watch: Watch) -> str:
    before, best = run.untuned_loss, watch.curve.validation.values
    if before is None or not best:
        return _tr("No rows were held back, so whether it helps is to be judged.")
    text = _tr("Loss on rows that were held back: {a} before, {b} now.")
    now = run.best_loss if run.kept == BEST and run.best_loss is not None else best[-1]
    return text.replace("{a}", loss_text(before)).replace("{b}", loss_text(now))


def _of(step: int, steps: int) -> str:
    text = _tr("Step {n} of {m}").replace("{n}", words.number(step))
    return text.replace("{m}", words.number(steps))
