"""The models that Loam offers to download: `models/catalog.toml`, read and checked.

The file comes with the program, so a mistake in it is told by entry and field rather than guessed
around. Nothing here talks to a network.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import LoamError
from app.core.hubnames import is_file_name, is_repository, is_sha256

_GB = 1_000_000_000
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,60}")


class CatalogBroken(LoamError):
    """The catalogue can't be used; detail names what is wrong where."""

    what = "The list of models, {path}, can't be read ({reason})."
    do = "Install Loam again; models can still be added as files."


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """One way to get a model: a type and the file, or its parts in order. size_bytes is
    approximate; sha256 has an entry for each name, empty where the hub's own is to be taken."""

    type: str
    names: tuple[str, ...]
    size_bytes: int
    sha256: tuple[str, ...]
    recommended: bool


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """A model of the catalogue. parameters: a count; layers, kv_heads and head_size give the
    memory that a context takes; active: parameters that work on one token."""

    id: str
    name: str
    about: str
    parameters: int
    licence: str
    repository: str
    context: int
    layers: int
    kv_heads: int
    head_size: int
    active: int
    files: tuple[CatalogFile, ...]

    @property
    def recommended(self) -> CatalogFile:
        """The file to take when a person names none."""
        return next(file for file in self.files if file.recommended)


def read(path: Path) -> tuple[CatalogModel, ...]:
    """All models, the smallest first. Errors: CatalogBroken."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = raw.get("model")
        if not isinstance(entries, list) or not entries:
            raise _Mistake("it lists no models")
        models = [_model(entry, number) for number, entry in enumerate(entries, 1)]
        ids = [model.id for model in models]
        for name in ids:
            if ids.count(name) > 1:
                raise _Mistake(f"{name} is there twice")
    except OSError as error:
        reason = error.strerror or "it can't be opened"
        raise CatalogBroken(repr(error), path=path.name, reason=reason) from error
    except (ValueError, _Mistake) as error:
        raise CatalogBroken(repr(error), path=path.name, reason=str(error)) from None
    return tuple(sorted(models, key=lambda model: model.parameters))


class _Mistake(Exception):
    """What is wrong, for a person."""


class _Table:
    """A TOML table whose values are taken out with their type checked."""

    def __init__(self, raw: object, where: str) -> None:
        if not isinstance(raw, dict):
            raise _Mistake(f"{where} is not a table")
        self._raw: dict[str, Any] = raw
        self.where = where
        self._known: set[str] = set()

    def take(self, key: str, kind: type, default: object = None) -> Any:
        self._known.add(key)
        value = self._raw.get(key, default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not kind:
            raise _Mistake(f"{key} of {self.where} is missing or of another kind than it must be")
        return value

    def text(self, key: str) -> str:
        value = str(self.take(key, str)).strip()
        if not 0 < len(value) <= 200 or not value.isprintable():
            raise _Mistake(f"{key} of {self.where} is empty or too long")
        return value

    def count(self, key: str, most: int) -> int:
        value = int(self.take(key, int))
        if not 0 < value <= most:
            raise _Mistake(f"{key} of {self.where} is impossible: {value}")
        return value

    def amount(self, key: str, most: float) -> float:
        value = float(self.take(key, float))
        if not 0 < value <= most:
            raise _Mistake(f"{key} of {self.where} is impossible: {value}")
        return value

    def check_unknown(self) -> None:
        """A misspelt key would be a value that is silently not used."""
        for key in self._raw:
            if key not in self._known:
                raise _Mistake(f"{self.where} has an unknown entry {key}")


def _model(raw: object, number: int) -> CatalogModel:
    table = _Table(raw, f"model number {number}")
    name = table.text("id")
    if not _ID.fullmatch(name):
        raise _Mistake(f"id of {table.where} is not one: {name}")
    table.where = name
    repository = table.text("repository")
    if not is_repository(repository):
        raise _Mistake(f"repository of {name} is not one: {repository}")
    files = tuple(_file(each, name) for each in table.take("file", list))
    if sum(file.recommended for file in files) != 1:
        raise _Mistake(f"{name} must have one recommended file")
    parameters = table.amount("parameters", 10_000)
    active = float(table.take("active", float, parameters))
    if not 0 < active <= parameters:
        raise _Mistake(f"active of {name} is impossible: {active}")
    model = CatalogModel(
        id=name,
        name=table.text("name"),
        about=table.text("about"),
        parameters=round(parameters * 1e9),
        licence=table.text("licence"),
        repository=repository,
        context=table.count("context", 1 << 24),
        layers=table.count("layers", 1000),
        kv_heads=table.count("kv_heads", 1000),
        head_size=table.count("head_size", 10_000),
        active=round(active * 1e9),
        files=files,
    )
    table.check_unknown()
    return model


def _file(raw: object, model: str) -> CatalogFile:
    table = _Table(raw, f"a file of {model}")
    names = tuple(table.take("names", list))
    if not names or not all(isinstance(name, str) and is_file_name(name) for name in names):
        raise _Mistake(f"names of {table.where} are no GGUF files")
    hashes = tuple(table.take("sha256", list, [])) or ("",) * len(names)
    known = all(isinstance(each, str) and (not each or is_sha256(each)) for each in hashes)
    if len(hashes) != len(names) or not known:
        raise _Mistake(f"sha256 of {table.where} must be one of 64 hex digits for each name")
    file = CatalogFile(
        type=table.text("type"),
        names=names,
        size_bytes=round(table.amount("size_gb", 2000) * _GB),
        sha256=hashes,
        recommended=table.take("recommended", bool, False),
    )
    table.check_unknown()
    return file
