"""The list of collections: search, new, rename, watch a folder, delete; a light for each says
whether it is ready."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QMenu

from app.core.types import Collection
from app.ui import words
from app.ui.documents.noted_rows import NotedRows
from app.ui.icons import icon
from app.ui.named_list import Entry, NamedList
from app.ui.theme import ThemeKeeper


class CollectionList(NamedList):
    """Entries are known by the ids of their collections."""

    watch_asked = Signal(object)

    def __init__(self, theme: ThemeKeeper) -> None:
        tr = QCoreApplication.translate
        super().__init__(
            theme,
            "library",
            heading=tr("CollectionList", "Collections"),
            search=tr("CollectionList", "Search collections"),
            create=tr("CollectionList", "New collection"),
        )
        self._list.setItemDelegate(NotedRows(self._list, theme))

    def show_collections(
        self, collections: Sequence[Collection], current: int | None = None, reading: bool = True
    ) -> None:
        """Fill the list; `current` or what was chosen before stays chosen. reading: whether what
        waits is being read."""
        self.show_entries([_entry(each, reading) for each in collections], current)

    def extend_menu(self, menu: QMenu) -> None:
        menu.addAction(
            icon("folder", self._theme.tokens.text),
            QCoreApplication.translate("CollectionList", "Watch a folder…"),
            lambda: self.watch_asked.emit(self.current),
        )


def _entry(each: Collection, reading: bool) -> Entry:
    about = f"{words.files(each.files)} · {words.passages(each.passages)}"
    note, picture, tone = light(each, reading)
    return Entry(each.id, each.name, f"{about}\n{note}", note, picture, tone)


def light(each: Collection, reading: bool = True) -> tuple[str, str, str]:
    """How a collection is: in words, as an icon, and the token of its colour. reading: whether
    what waits is being read."""
    tr = QCoreApplication.translate
    if not each.files:
        return tr("CollectionList", "Empty"), "library", "quiet"
    if each.waiting and not reading:
        text = tr("CollectionList", "{n} of {m} read")
        text = text.replace("{n}", words.number(each.files - each.waiting))
        return text.replace("{m}", words.number(each.files)), "clock", "warning"
    if each.waiting:
        text = tr("CollectionList", "Reading {n} of {m}")
        done = each.files - each.waiting
        text = text.replace("{n}", words.number(min(done + 1, each.files)))
        return text.replace("{m}", words.number(each.files)), "loader", "quiet"
    if each.troubled:
        text = tr("CollectionList", "{n} could not be read")
        return text.replace("{n}", words.files(each.troubled)), "triangle-alert", "warning"
    if each.files == 1:
        return tr("CollectionList", "Ready, 1 file"), "circle-check", "accent"
    text = tr("CollectionList", "Ready, all {n}")
    return text.replace("{n}", words.files(each.files)), "circle-check", "accent"
