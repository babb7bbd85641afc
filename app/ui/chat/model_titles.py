"""What models are called in the menu of models and on its button."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from app.ui import model_words, words

if TYPE_CHECKING:
    from app.core.types import ModelInfo
    from app.services.models import ModelService

LONGEST = 40


class ModelTitles:
    """infos: what is known of files by now, by path; who reads a header adds to it."""

    def __init__(self, models: ModelService) -> None:
        self._models = models
        self.infos: dict[str, ModelInfo] = {}

    def name(self, path: str) -> str:
        """The title that a person gave it, else what its file's header or name says."""
        return self._name(path, self._models.notes.titles())

    def in_menu(self, path: str) -> str:
        """With its type and size, and with its folder where another has its name."""
        titles = self._models.notes.titles()
        name, info = self._name(path, titles), self.infos.get(path)
        details = [info.quantization, words.size(info.size_bytes)] if info else []
        others = (str(each) for each in self._models.choosable() if str(each) != path)
        if any(self._name(other, titles) == name for other in others):
            details.append(Path(path).parent.name)
        return f"{name} ({', '.join(each for each in details if each)})" if details else name

    def _name(self, path: str, titles: Mapping[str, str]) -> str:
        loaded, info = self._models.loaded(), self.infos.get(path)
        if info is None and loaded is not None and loaded.info.path == path:
            info = loaded.info
        given = titles.get(path) or (info.name if info else "")
        return short(given or model_words.from_path(path))


def short(name: str, longest: int = LONGEST) -> str:
    """A name that fits the bar."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
