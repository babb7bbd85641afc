"""The list of collections: search, new, rename, delete."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from app.core.types import Collection
from app.ui import words
from app.ui.named_list import Entry, NamedList
from app.ui.theme import ThemeKeeper


class CollectionList(NamedList):
    """Entries are known by the ids of their collections."""

    def __init__(self, theme: ThemeKeeper) -> None:
        tr = QCoreApplication.translate
        super().__init__(
            theme,
            "library",
            heading=tr("CollectionList", "Collections"),
            search=tr("CollectionList", "Search collections"),
            create=tr("CollectionList", "New collection"),
        )

    def show_collections(
        self, collections: Sequence[Collection], current: int | None = None
    ) -> None:
        """Fill the list; `current` or what was chosen before stays chosen."""
        entries = [
            Entry(
                each.id, each.name, f"{words.files(each.files)} · {words.passages(each.passages)}"
            )
            for each in collections
        ]
        self.show_entries(entries, current)
