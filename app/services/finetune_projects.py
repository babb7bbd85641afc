"""Fine-tune projects: what a person chose on the way from a model to an adapter.

One small JSON file each, replaced whole. A project names its parts (model file, dataset, run,
adapter) and holds none of them, so losing one of those is said where it is used.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import BadInput, NotFound, StoreError
from app.core.files import write_atomically
from app.core.types import HyperParameters
from app.services.finetune_presets import PRESETS
from app.services.store import codec

_LONGEST_NAME = 80
_KEPT_S = 30 * 86400
_ID = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class TuneProject:
    """model: path of a GGUF file, dataset_id: of DatasetService, run_id: the run in work or the
    last one, adapter: path of what came out; empty or 0 until chosen. preset: whose settings
    `hyper` began with, empty for the person's own. step: which step was open. Times are seconds
    since the epoch; deleted: None while it is in the list."""

    id: str
    name: str
    created: float
    updated: float
    model: str = ""
    dataset_id: int = 0
    preset: str = "quick"
    hyper: HyperParameters = field(default_factory=HyperParameters)
    run_id: str = ""
    adapter: str = ""
    step: str = "model"
    deleted: float | None = None


class ProjectService:
    """The fine-tune projects of one profile. Errors of what writes: StoreError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._forget_old()

    def all(self) -> list[TuneProject]:
        """Those in the list, the newest first; a file that can't be read is passed over."""
        found = [each for each in self._read_all() if each.deleted is None]
        return sorted(found, key=lambda each: (each.created, each.id), reverse=True)

    def get(self, project_id: str) -> TuneProject:
        """Errors: NotFound."""
        if not _ID.fullmatch(project_id):
            raise NotFound(thing=f"The fine-tune project {project_id}")
        try:
            return codec.load(TuneProject, self._file(project_id).read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise NotFound(repr(error), thing=f"The fine-tune project {project_id}") from None

    def create(self, name: str, model: str = "") -> TuneProject:
        """A new project. Errors: BadInput when the name is empty."""
        now = time.time()
        first = PRESETS[0]
        project = TuneProject(
            secrets.token_hex(6),
            _named(name),
            now,
            now,
            model,
            preset=first.name,
            hyper=first.hyper,
        )
        return self._save(project)

    def change(self, project_id: str, **values: object) -> TuneProject:
        """Replace some fields and keep the project. Errors: NotFound, BadInput."""
        if "name" in values:
            values["name"] = _named(str(values["name"]))
        project = self.get(project_id)
        changed = dataclasses.replace(project, **values, updated=time.time())  # type: ignore[arg-type]
        return self._save(changed)

    def delete(self, project_id: str) -> None:
        """Take a project out of the list; `restore` brings it back for 30 days. Its dataset, runs
        and adapter stay."""
        self.change(project_id, deleted=time.time())

    def restore(self, project_id: str) -> None:
        """Undo `delete`."""
        self.change(project_id, deleted=None)

    def _read_all(self) -> list[TuneProject]:
        found = []
        for file in self._folder.glob("*.json"):
            with contextlib.suppress(NotFound):
                found.append(self.get(file.stem))
        return found

    def _save(self, project: TuneProject) -> TuneProject:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self._file(project.id), codec.dump(project).encode())
        except OSError as error:
            raise StoreError.of(error, self._folder) from error
        return project

    def _file(self, project_id: str) -> Path:
        return self._folder / f"{project_id}.json"

    def _forget_old(self) -> None:
        for each in self._read_all():
            if each.deleted is not None and each.deleted < time.time() - _KEPT_S:
                with contextlib.suppress(OSError):
                    self._file(each.id).unlink()


def _named(name: str) -> str:
    name = " ".join(name.split())[:_LONGEST_NAME]
    if not name:
        raise BadInput(problem="A project needs a name.")
    return name
