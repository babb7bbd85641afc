"""What a judgement says, in the person's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from app.services.finetune_judge import Judgement, Verdict
from app.services.finetune_judging import CONTROL_NAME, Report


def _tr(text: str) -> str:
    return QCoreApplication.translate("judge", text)


def number(value: float, digits: int = 2) -> str:
    """A figure as the person's country writes it."""
    return QLocale().toString(value, "f", digits)


def verdict(judgement: Judgement) -> str:
    """The one sentence that counts."""
    off, on = judgement.off.loss, judgement.on.loss
    digits = 2 if abs(on - off) >= 0.01 else 3
    losses = f"{number(off, digits)}\u00a0→\u00a0{number(on, digits)}"
    said = {
        Verdict.BETTER: _tr("Better on held-out rows: loss {losses}"),
        Verdict.WORSE: _tr("Worse on held-out rows: loss {losses}"),
        Verdict.NOISE: _tr("No better than noise: loss {losses} on held-out rows"),
    }[judgement.verdict].replace("{losses}", losses)
    change = judgement.control_change
    if change is None:
        return said
    return f"{said}; {_control(change)}"


def meaning(judgement: Judgement) -> str:
    """What it means and what to do, in a sentence or two."""
    said = {
        Verdict.BETTER: _tr(
            "The adapter learnt something that holds for rows it has not seen. This is not chance."
        ),
        Verdict.WORSE: _tr(
            "On rows it has not seen the adapter does harm. Train with fewer passes or a lower "
            "learning rate, or with more rows."
        ),
        Verdict.NOISE: _tr(
            "With other rows the difference could as well go the other way. More rows, or longer "
            "training, may show one."
        ),
    }[judgement.verdict]
    if judgement.forgot:
        said += " " + _tr(
            "It also forgot: text that has nothing to do with the task became clearly harder for "
            "it. A lower strength in the chat, fewer passes or a lower learning rate help."
        )
    return said


def interval(judgement: Judgement) -> str:
    """The difference with its bounds."""
    return (
        _tr("Difference {n} nats per token; between {low} and {high} in 95 % of redrawn samples.")
        .replace("{n}", _signed(judgement.difference))
        .replace("{low}", _signed(judgement.low))
        .replace("{high}", _signed(judgement.high))
    )


def pairs(report: Report) -> str:
    """What the side-by-side answers came to; empty while none was chosen."""
    chosen = [each for each in report.asked if each.winner]
    if not chosen:
        return ""
    tuned, same = report.count("tuned"), report.count("same")
    said = (
        _tr("Adapter preferred in {n} of {m}")
        .replace("{n}", str(tuned))
        .replace("{m}", str(len(chosen)))
    )
    if same:
        said += ", " + _tr("{n} the same").replace("{n}", str(same))
    return said


def control(name: str) -> str:
    """The control text by its name."""
    return _tr("comes with Loam") if name == CONTROL_NAME else name


def _control(change: float) -> str:
    percent = abs(change) * 100
    if percent < 0.5:
        return _tr("control text unchanged")
    digits = 0 if percent >= 1 else 1
    word = _tr("control text {n} % worse") if change > 0 else _tr("control text {n} % better")
    return word.replace(" %", "\u00a0%").replace("{n}", number(percent, digits))


def _signed(value: float) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{number(abs(value), 3)}"
