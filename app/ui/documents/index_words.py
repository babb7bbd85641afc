"""Where the index by meaning lives, in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core import servernames
from app.core.messages import HealthReport
from app.services.index_place import Where


def _tr(text: str) -> str:
    return QCoreApplication.translate("index", text)


def chosen(where: Where) -> str:
    """What was chosen, for Settings."""
    if not where.address:
        return _tr("On this machine")
    place = servernames.place(where.address)
    text = _tr("On {place}, once you agree") if where.waits else _tr("On {place}")
    return text.replace("{place}", place)


def leaves(address: str) -> str:
    """What goes to a server; '' for one on this machine."""
    if servernames.is_here(address):
        return ""
    return _tr(
        "What goes to {place}: a row of numbers for each passage and each question; never their "
        "text, nor names of files. From such numbers parts of a text can be guessed."
    ).replace("{place}", servernames.place(address))


def open_line(address: str) -> str:
    """A warning for an address that is not encrypted, else nothing."""
    if not servernames.is_open(address):
        return ""
    return _tr("Not encrypted: others on the network can read it.")


def state(where: Where, report: HealthReport | None) -> tuple[str, str, bool]:
    """For the badge: what it says, its icon, and whether it warns. Nothing for an index here."""
    if not where.address:
        return "", "", False
    picture = "cpu" if servernames.is_here(where.address) else "globe"
    if where.waits:
        return _tr("The index stays here until you agree to {place}"), "circle-alert", True
    if report is None or report.server != where.address:
        return _tr("Index on {place}"), picture, False
    if report.dense_index == "away":
        return _tr("{place} is away; searches take longer"), "triangle-alert", True
    if report.dense_index == "ready":
        return _tr("Index on {place}"), picture, False
    return _tr("Index on {place}, being brought up to date"), "loader", False


def badge(where: Where, report: HealthReport | None) -> tuple[str, str, bool]:
    """`state` with the place filled in."""
    text, picture, warns = state(where, report)
    return text.replace("{place}", servernames.place(where.address)), picture, warns


def explained(where: Where) -> str:
    """What the badge means, for a tooltip."""
    if not where.address:
        return ""
    if servernames.is_here(where.address):
        text = _tr("The index by meaning is kept by another program on this machine.")
    else:
        text = leaves(where.address)
    return f"{text} {_tr('Texts, and the search by words, stay here.')}"
