"""What an adapter's card says, as pairs of a name and a value for a person."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.core.types import LORA_TARGETS, AdapterInfo
from app.services.finetune_judging import Report
from app.ui import words
from app.ui.finetune.judge import say

_HASH = 12


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card; tip: its tooltip."""

    name: str
    value: str
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """facts in their order; training and validation: points (step, loss) of the curve."""

    facts: tuple[Fact, ...]
    training: list[list[float]] = field(default_factory=list)
    validation: list[list[float]] = field(default_factory=list)
    steps: int = 0


def card(info: AdapterInfo, report: Report | None) -> Card:
    """What is known of an adapter. Everything in a card from elsewhere may be missing or odd."""
    found = _parsed(info.card)
    base, data = _part(found, "base"), _part(found, "data")
    settings, curve, notes = _part(found, "settings"), _part(found, "curve"), _part(found, "notes")
    facts = [_base(info, base), _data(data, notes), _settings(info, settings), _made(found, curve)]
    if report is not None:
        facts.append(Fact(_tr("Judged"), say.verdict(report.judgement), report.words))
        if pairs := say.pairs(report):
            facts.append(Fact(_tr("Answers compared"), pairs))
    training, validation = _points(curve, "steps"), _points(curve, "validation")
    shown = tuple(fact for fact in facts if fact is not None)
    return Card(shown, training, validation, int(training[-1][0]) if training else 0)


def _base(info: AdapterInfo, base: Mapping[str, Any]) -> Fact:
    name = str(base.get("name") or base.get("file") or info.architecture)
    sha = info.base_sha256
    value = f"{name}  ·  {sha[:_HASH]}…" if sha else name
    tip = _tr("It works with this very model file only. SHA-256: {sha}").replace("{sha}", sha)
    return Fact(_tr("Made for"), value, tip if sha else "")


def _data(data: Mapping[str, Any], notes: Mapping[str, Any]) -> Fact | None:
    if not data:
        text = _tr("Not said: it was not trained with Loam")
        return Fact(_tr("Data"), text)
    parts = [str(notes.get("dataset") or notes.get("file") or "")]
    parts.append(_tr("{n} rows").replace("{n}", words.number(_whole(data.get("rows")))))
    held_out = _whole(data.get("validation_rows"))
    if held_out:
        parts.append(_tr("{n} held out").replace("{n}", words.number(held_out)))
    sha = str(notes.get("sha256") or data.get("sha256") or "")
    if sha:
        parts.append(f"{sha[:_HASH]}…")
    tip = _tr("SHA-256 of what was learnt: {sha}").replace("{sha}", sha)
    return Fact(_tr("Data"), "  ·  ".join(p for p in parts if p), tip if sha else "")


def _settings(info: AdapterInfo, settings: Mapping[str, Any]) -> Fact:
    parts = [_tr("rank {n}").replace("{n}", str(info.rank))] if info.rank else []
    parts.append(_tr("alpha {n}").replace("{n}", f"{info.alpha:g}"))
    rate, epochs = settings.get("learning_rate"), _whole(settings.get("epochs"))
    steps = _whole(settings.get("steps"))
    if isinstance(rate, (int, float)):
        parts.append(_tr("learning rate {n}").replace("{n}", f"{rate:g}"))
    if steps:
        parts.append(_tr("{n} updates").replace("{n}", words.number(steps)))
    elif epochs:
        text = _tr("1 pass") if epochs == 1 else _tr("{n} passes")
        parts.append(text.replace("{n}", str(epochs)))
    context = _whole(settings.get("context"))
    if context:
        parts.append(_tr("context {n} tokens").replace("{n}", words.number(context)))
    if info.targets and set(info.targets) != set(LORA_TARGETS):
        parts.append(", ".join(info.targets))
    tip = _tr("Rank: how much the adapter can learn. Alpha over rank: how strongly it acts.")
    if settings:
        tip += "\n" + "\n".join(f"{name}: {_plain(value)}" for name, value in settings.items())
    return Fact(_tr("Settings"), "  ·  ".join(parts), tip)


def _made(found: Mapping[str, Any], curve: Mapping[str, Any]) -> Fact | None:
    try:
        made = datetime.datetime.fromisoformat(str(found["made"])).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None
    when = QDateTime.fromSecsSinceEpoch(int(made))
    value = QLocale().toString(when, QLocale.FormatType.ShortFormat)
    seconds = curve.get("seconds")
    if isinstance(seconds, (int, float)):
        value += "  ·  " + _tr("took {time}").replace("{time}", _time(float(seconds)))
    return Fact(_tr("Trained"), value)


def _time(seconds: float) -> str:
    if seconds < 90:
        return _tr("{n} s").replace("{n}", str(round(seconds)))
    if seconds < 90 * 60:
        return _tr("{n} min").replace("{n}", str(round(seconds / 60)))
    return _tr("{n} h").replace("{n}", QLocale().toString(seconds / 3600, "f", 1))


def _points(curve: Mapping[str, Any], key: str) -> list[list[float]]:
    found = curve.get(key)
    rows = found if isinstance(found, list) else []
    return [
        row
        for row in rows
        if isinstance(row, list)
        and len(row) > 1
        and all(isinstance(value, (int, float)) for value in row[:2])
    ]


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _part(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = found.get(key)
    return part if isinstance(part, dict) else {}


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _tr(text: str) -> str:
    return QCoreApplication.translate("adapters", text)
