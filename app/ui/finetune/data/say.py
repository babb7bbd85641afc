"""What datasets have, in words for a person, in the language of the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication

from app.services.dataset.types import Kind, Origin, Row, Split, State
from app.ui import words


def _tr(text: str) -> str:
    return QCoreApplication.translate("dataset", text)


def rows(count: int) -> str:
    """'1 row', '1,200 rows'."""
    return _tr("1 row") if count == 1 else _tr("{n} rows").replace("{n}", words.number(count))


def records(count: int) -> str:
    """'1 record', '1,200 records'."""
    if count == 1:
        return _tr("1 record")
    return _tr("{n} records").replace("{n}", words.number(count))


def state(which: State) -> str:
    """What was decided about a row."""
    return {
        State.NEW: _tr("New"),
        State.ACCEPTED: _tr("Accepted"),
        State.REJECTED: _tr("Rejected"),
    }[which]


def row_state(row: Row) -> str:
    """What was decided about a row, or that it waits for a decision."""
    return _tr("To check") if row.synthetic and row.state is State.NEW else state(row.state)


def split(which: Split) -> str:
    """A part of the dataset."""
    return {
        Split.NONE: _tr("No part yet"),
        Split.TRAIN: _tr("Training"),
        Split.VALIDATION: _tr("Held out"),
    }[which]


def origin(which: Origin) -> str:
    """Where rows come from."""
    return {
        Origin.FILE: _tr("Files"),
        Origin.CHAT: _tr("Chats"),
        Origin.MODEL: _tr("Written by a model"),
        Origin.PERSON: _tr("By hand"),
    }[which]


def kind(which: Kind) -> str:
    """What a check found, as a mark on a row."""
    return {
        Kind.DUPLICATE: _tr("Duplicate"),
        Kind.NEAR_DUPLICATE: _tr("Nearly the same"),
        Kind.LEAK: _tr("In both parts"),
        Kind.TOO_LONG: _tr("Too long"),
        Kind.EMPTY: _tr("Empty"),
        Kind.TRUNCATED: _tr("Cut off"),
        Kind.EMAIL: _tr("E-mail"),
        Kind.PHONE: _tr("Phone number"),
        Kind.CARD: _tr("Card number"),
        Kind.IBAN: _tr("Bank account"),
    }[which]


def about_kind(which: Kind) -> str:
    """What that means for training, in one line."""
    return {
        Kind.DUPLICATE: _tr("The same row stands there more than once and would count double."),
        Kind.NEAR_DUPLICATE: _tr("Another row says almost the same."),
        Kind.LEAK: _tr("A row to train on is also held out, which makes the result look better."),
        Kind.TOO_LONG: _tr("Longer than the model keeps in mind at once; it is left out."),
        Kind.EMPTY: _tr("A message or an answer is empty."),
        Kind.TRUNCATED: _tr("The answer seems to stop too early."),
        Kind.EMAIL: _tr("An e-mail address: the model could repeat it."),
        Kind.PHONE: _tr("A phone number: the model could repeat it."),
        Kind.CARD: _tr("The number of a payment card: the model could repeat it."),
        Kind.IBAN: _tr("The number of a bank account: the model could repeat it."),
    }[which]


def role(which: str) -> str:
    """Who says a turn."""
    return {
        "system": _tr("Instructions"),
        "user": _tr("Question"),
        "assistant": _tr("Answer"),
        "text": _tr("Text"),
    }.get(which, which)


def source(row: Row) -> str:
    """Where a row comes from, short: 'faq.csv, line 12'."""
    held = row.source
    if held.origin is Origin.PERSON:
        return _tr("By hand")
    name = held.name or Path(held.path).name
    if held.line:
        return (
            _tr("{name}, line {n}").replace("{n}", words.number(held.line)).replace("{name}", name)
        )
    if held.page:
        return (
            _tr("{name}, page {n}").replace("{n}", words.number(held.page)).replace("{name}", name)
        )
    if held.origin is Origin.CHAT:
        return _tr("Chat “{name}”").replace("{name}", name)
    return name


def asked(row: Row) -> str:
    """The question of a row, or its text, on one line."""
    said = next((t.content for t in row.turns if t.role in ("user", "text")), "")
    return " ".join(said[:600].split())


def answered(row: Row) -> str:
    """The last answer of a row on one line; '' for texts."""
    said = next((t.content for t in reversed(row.turns) if t.role == "assistant"), "")
    return " ".join(said[:600].split())
