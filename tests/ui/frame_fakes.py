"""A library and models in memory, for tests of views only: no child process is started."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.errors import BadInput, DocumentError, LoamError, NotAModel, NotFound
from app.core.messages import (
    Device,
    DeviceList,
    FileChanged,
    Indexed,
    Inspected,
    Located,
    Progress,
    Warned,
)
from app.core.process import Cancel
from app.core.types import (
    Collection,
    DocumentFile,
    DocumentView,
    FileState,
    LoadedModel,
    ModelInfo,
    ModelSpec,
    WatchedFolder,
)
from app.core.unused import NoDriver
from app.services.model_notes import ModelNotes, Note
from app.services.server_book import ServerBook


class FakeLibrary:
    """Collections and files in dictionaries; `views` and `places` hold what can be opened."""

    def __init__(self) -> None:
        self.stored: dict[int, Collection] = {}
        self.kept: dict[int, list[DocumentFile]] = {}
        self.views: dict[int, DocumentView] = {}
        self.places: dict[int, Located] = {}
        self.sample_paths: list[str] = []
        self.removed: list[int] = []
        self.read: list[int] = []
        self.watched: list[WatchedFolder] = []
        self._ids = itertools.count(1)

    def collections(self) -> list[Collection]:
        return [
            replace(each, files=len(self.kept[each.id]), ready=len(self.kept[each.id]))
            for each in sorted(self.stored.values(), key=lambda each: each.name)
        ]

    def create(self, name: str) -> Collection:
        if name in {each.name for each in self.stored.values()}:
            raise BadInput(problem=f"There is a collection {name} already.")
        made = Collection(next(self._ids), name)
        self.stored[made.id] = made
        self.kept[made.id] = []
        return made

    def rename(self, collection_id: int, name: str) -> None:
        if name in {each.name for each in self.stored.values()}:
            raise BadInput(problem=f"There is a collection {name} already.")
        self.stored[collection_id] = replace(self.stored[collection_id], name=name)

    def delete(self, collection_id: int) -> None:
        del self.stored[collection_id], self.kept[collection_id]

    def files(self, collection_id: int) -> list[DocumentFile]:
        return list(self.kept[collection_id])

    def add(
        self, collection_id: int, paths: Sequence[str], cancel: Cancel | None = None
    ) -> Iterator[object]:
        failed = 0
        for done, path in enumerate(paths):
            name = Path(path).name
            bad = name.startswith("broken")
            failed += bad
            file = DocumentFile(
                next(self._ids),
                collection_id,
                path,
                name,
                "text",
                100,
                0,
                0 if bad else 3,
                FileState.FAILED if bad else FileState.READY,
                "it is cut off" if bad else "",
            )
            self.kept[collection_id].append(file)
            yield FileChanged(file)
            yield Progress("Reading", done + 1, len(paths), "files")
        yield Indexed(len(paths) - failed, 0, failed, False)

    def remove(self, collection_id: int, file_ids: Sequence[int]) -> list[DocumentFile]:
        self.removed += file_ids
        self.kept[collection_id] = [
            each for each in self.kept[collection_id] if each.id not in file_ids
        ]
        return self.kept[collection_id]

    def read_again(
        self,
        collection_id: int,
        file_ids: Sequence[int],
        password: str = "",
        cancel: Cancel | None = None,
    ) -> Iterator[object]:
        self.read += file_ids
        for file in self.kept[collection_id]:
            if file.id in file_ids:
                yield FileChanged(file)
        yield Indexed(len(file_ids), 0, 0, False)

    def exclude(
        self, collection_id: int, file_ids: Sequence[int], excluded: bool = True
    ) -> list[DocumentFile]:
        state = FileState.EXCLUDED if excluded else FileState.READY
        self.kept[collection_id] = [
            replace(each, state=state) if each.id in file_ids else each
            for each in self.kept[collection_id]
        ]
        return self.kept[collection_id]

    def watches(self, collection_id: int = 0) -> list[WatchedFolder]:
        return [each for each in self.watched if each.collection_id == collection_id]

    def open(self, file_id: int) -> DocumentView:
        if file_id not in self.views:
            raise NotFound(thing="The document")
        return self.views[file_id]

    def locate(self, file_id: int, start: int, end: int) -> Located:
        if file_id not in self.places:
            raise DocumentError(path="it", reason="the file changed")
        return self.places[file_id]

    def samples(self) -> list[str]:
        return self.sample_paths


class FakeModels:
    """Two good files and whatever `broken` says."""

    def __init__(self) -> None:
        self.infos = [model("small", chat=True), model("base", chat=False)]
        self.broken: list[LoamError] = []
        self.links: list[Path] = []
        self.default = self.infos[0].path
        self.notes = ModelNotes(Path("nowhere") / "notes.json")
        self.servers = ServerBook(Path("nowhere") / "servers.json")

    def came_with_loam(self) -> str:
        return self.default

    def paths(self) -> Sequence[Path]:
        return [Path(each.path) for each in self.infos]

    def choosable(self) -> Sequence[Path]:
        return self.paths()

    def list(self, cancel: Cancel | None = None) -> Iterator[object]:
        for info in self.infos:
            yield Inspected(info)
        for error in self.broken:
            yield Warned(error)

    def devices(self, cancel: Cancel | None = None) -> Iterator[object]:
        card = Device("cuda", "CUDA", False, NoDriver(card="A graphics card", driver="one"))
        yield DeviceList((Device("cpu", "A processor", True), card), "1", "")

    def spec_of(self, path: str) -> ModelSpec:
        return ModelSpec(path)

    def as_chosen(self, spec: ModelSpec) -> ModelSpec:
        return spec

    def spec_for(self, chat: object = None) -> ModelSpec:
        return ModelSpec(self.default)

    def add(self, path: Path, cancel: Cancel | None = None) -> Iterator[object]:
        if "broken" in path.name:
            raise NotAModel(path=path, reason="it is cut off")
        info = model(path.stem, chat=True, path=str(path))
        self.infos.append(info)
        self.links.append(path)
        yield Inspected(info)

    def remove(self, path: Path) -> Note:
        self.links.remove(path)
        self.infos = [each for each in self.infos if each.path != str(path)]
        return Note()

    def have_back(self, path: Path, note: Note) -> None:
        self.infos.append(model(path.stem, chat=True, path=str(path)))
        self.links.append(path)

    def is_link(self, path: Path) -> bool:
        return path in self.links

    def loaded(self) -> LoadedModel | None:
        return None


def model(name: str, chat: bool, path: str = "") -> ModelInfo:
    """What a model's file says."""
    path = path or f"/models/{name}.gguf"
    return ModelInfo(path, name, "llama", "Q4_0", 91_000_000, 134_000_000, 8192, chat)
