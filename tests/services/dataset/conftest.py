"""Datasets in real SQLite files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.messages import Turn
from app.core.paths import Profile
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Draft, Imported


@pytest.fixture
def service(profile: Profile) -> Iterator[DatasetService]:
    """Datasets of a fresh profile."""
    made = DatasetService(profile)
    yield made
    made.close()


Written = Callable[[Iterable[Any]], Path]


@pytest.fixture
def jsonl(tmp_path: Path) -> Written:
    """A file with a JSON value a line."""

    def write(values: Iterable[Any]) -> Path:
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(f"{json.dumps(v)}\n" for v in values), encoding="utf-8")
        return path

    return write


def imported(service: DatasetService, dataset_id: int, path: Path, **how: Any) -> Imported:
    """The result of an import."""
    *_, done = service.import_file(dataset_id, path, **how)
    assert isinstance(done, Imported)
    return done


def talk(question: str, answer: str, group: str = "", label: str = "") -> Draft:
    """A question and its answer."""
    return Draft((Turn("user", question), Turn("assistant", answer)), label, group=group)


def text(content: str, label: str = "", group: str = "") -> Draft:
    """A text, labelled or not."""
    return Draft((Turn("text", content),), label, group=group)
