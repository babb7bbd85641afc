"""The settings of one profile while Loam runs."""

from __future__ import annotations

import re
from pathlib import Path

from app.core import settings as core
from app.core.errors import LoamError, StoreError
from app.core.settings import Settings


class SettingsService:
    """Reads once, changes atomically. `problems` holds values that had to fall back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._current, rejected = core.load(path)
        self.problems: list[LoamError] = list(rejected)

    @property
    def current(self) -> Settings:
        """The settings now."""
        return self._current

    def change(self, **values: object) -> Settings:
        """Set some and save. Errors: SettingRejected, StoreError; then nothing has changed."""
        new = self._current.changed(**values)
        try:
            core.save(self._path, new)
        except OSError as error:
            raise StoreError(
                repr(error), reason=error.strerror or "", path=self._path.parent
            ) from error
        self._current = new
        return new


def picture_languages(written: str) -> tuple[str, ...]:
    """Languages as a person writes them in Settings: 'eng+deu', 'eng, deu'."""
    return tuple(dict.fromkeys(word for word in re.split(r"[+,;\s]+", written.lower()) if word))
