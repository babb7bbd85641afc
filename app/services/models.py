"""Models: which GGUF files there are, which one a chat uses, loading it.

Files are linked in place, never copied. A model is loaded by the engine child with the first
request that names it; `load` only does so ahead of time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.core import messages, paths
from app.core.errors import BadInput, LoamError, MissingFile, NoModel, NotAModel
from app.core.hubnames import all_parts
from app.core.messages import Warned
from app.core.process import Cancel, WorkerProcess
from app.core.servernames import is_remote, split
from app.core.types import ModelSpec
from app.services.default_record import default_chat_model
from app.services.model_links import ModelLinks
from app.services.model_notes import ModelNotes, Note

if TYPE_CHECKING:
    from app.core.load_settings import LoadSettings
    from app.core.types import Chat, LoadedModel
    from app.services.preferences import SettingsService
    from app.services.server_book import Removed, ServerBook

_LONGEST_TITLE = 120


class ModelService:
    """The models of one profile."""

    def __init__(self, engine: WorkerProcess, settings: SettingsService, folder: Path) -> None:
        self._engine = engine
        self._settings = settings
        self._folder = folder
        self._links = ModelLinks(folder / "links.json")
        self.notes = ModelNotes(folder / "notes.json")
        self.for_now: Mapping[str, object] = {}
        """Load settings that count for this run of the program only."""
        self._loaded: tuple[int | None, LoadedModel] | None = None
        self._servers: ServerBook | None = None

    @property
    def servers(self) -> ServerBook:
        """The servers that the person connected to."""
        if self._servers is None:
            from app.services.server_book import ServerBook

            self._servers = ServerBook(self._folder / "servers.json")
        return self._servers

    def paths(self) -> Sequence[Path]:
        """GGUF files known: the default one, those in the profile's folder, links. The file that
        the default was made from is left out."""
        default = default_chat_model(paths.bundled_models())
        found = [default] if default else []
        if self._folder.is_dir():
            # A model in several files is its first one.
            files = sorted(self._folder.glob("*.gguf"))
            found += [file for file in files if all_parts(file.name)[:1] == (file.name,)]
        found += self._links.paths()
        return tuple(dict.fromkeys(found))

    def came_with_loam(self) -> str:
        """The model that came with Loam; '' when it is not there."""
        found = default_chat_model(paths.bundled_models())
        return str(found) if found else ""

    def choosable(self) -> Sequence[Path]:
        """Those that may answer: without vision add-ons, which are told by their names."""
        return tuple(path for path in self.paths() if "mmproj" not in path.name.lower())

    def list(self, cancel: Cancel | None = None) -> Iterator[object]:
        """Inspected for each model, under the title that a person gave it; Warned for each file
        that is none."""
        titles = self.notes.titles()
        for path in self.paths():
            if cancel and cancel.is_set():
                return
            try:
                found: messages.Inspected = self._engine.ask(messages.Inspect(str(path)))
                title = titles.get(str(path), found.info.name)
                yield messages.Inspected(replace(found.info, name=title))
            except LoamError as error:
                yield Warned(error)

    def spec_for(self, chat: Chat | None = None) -> ModelSpec:
        """The model and settings that a chat (none: a new one) uses. Errors: NoModel."""
        current = self._settings.current
        wanted = (chat.model if chat else "") or current.model
        if not wanted:
            default = default_chat_model(paths.bundled_models())
            known = [default] if default else self.choosable()
            if not known:
                raise NoModel
            wanted = str(known[0])
        context = chat.settings.context_length if chat else 0
        if is_remote(wanted):
            # What it can keep in mind is its server's matter, not one of this machine's memory.
            most = self.servers.context(wanted)
            return ModelSpec(wanted, min(context or most, most))
        adapters = chat.settings.adapters if chat else ()
        spec = replace(self.as_chosen(self.spec_of(wanted)), adapters=adapters)
        return replace(spec, context_length=context) if context else spec

    def spec_of(self, path: str) -> ModelSpec:
        """A model as the settings for all models have it."""
        current = self._settings.current
        context, layers = current.context_length, current.gpu_layers
        return ModelSpec(path, context, layers, current.threads, rpc=self.helpers())

    def helpers(self) -> tuple[str, ...]:
        """Other machines that compute parts of a model, while that is switched on."""
        current = self._settings.current
        if not (current.other_machines_help and current.other_machines.strip()):
            return ()
        from app.core import helpers

        return helpers.addresses(current.other_machines)

    def as_chosen(self, spec: ModelSpec) -> ModelSpec:
        """The spec with what a person chose for loading this model."""
        if not self.for_now and not self.notes.get(spec.path).loading:
            return spec  # so that a window that starts needs none of it
        return self.loading(spec.path).changed(**self.for_now).put_on(spec)

    def loading(self, path: str | Path) -> LoadSettings:
        """What a person chose for loading a model."""
        from app.core import load_settings

        return load_settings.kept(self.notes.get(path).loading)

    def set_loading(self, path: str | Path, settings: LoadSettings) -> None:
        """Load a model so from now on; it counts with its next load. Errors: StoreError; of a
        vision add-on BadProjector, MissingFile, NotAModel."""
        if settings.projector and settings.projector != self.loading(path).projector:
            from app.engine import projector

            projector.for_model(settings.put_on(ModelSpec(str(path))))
        self.notes.put(path, replace(self.notes.get(path), loading=settings.own()))

    def sees(self, spec: ModelSpec) -> bool:
        """Whether pictures can be shown to a model; one on a server is asked and may refuse."""
        if is_remote(spec.path):
            return True
        from app.engine import projector

        try:
            return bool(projector.for_model(spec))
        except LoamError:
            return False

    def resolve(self, name: str) -> str:
        """The model that a person means: a file, one in the list by its name, or one on a server
        by its name there. Errors: MissingFile, BadInput when several are called so."""
        return self.servers.named(name) or str(self.here(name))

    def here(self, name: str | Path) -> Path:
        """As `resolve`, of models on this machine. Errors: MissingFile, BadInput."""
        from app.services import model_names

        return model_names.here(self, name)

    def disconnect(self, address: str) -> Removed:
        """Forget a server, its models and its key; `servers.restore` takes that back. Errors:
        ServerForgotten, StoreError."""
        removed = self.servers.remove(address)
        if is_remote(used := self._settings.current.model) and split(used)[0] == address:
            self._settings.change(model="")
        return removed

    def load(self, spec: ModelSpec, cancel: Cancel | None = None) -> Iterator[object]:
        """Progress, then Loaded. Errors: ModelError."""
        for event in self._engine.stream(messages.Load(spec), cancel):
            self.note(event)
            yield event

    def note(self, event: object) -> None:
        """Remember what is loaded when an event of the engine says so."""
        if isinstance(event, messages.Loaded):
            self._loaded = (self._engine.pid, event.model)

    def loaded(self) -> LoadedModel | None:
        """What is in memory, as far as known; None when the engine has ended since."""
        if self._loaded and self._engine.pid == self._loaded[0]:
            return self._loaded[1]
        return None

    @property
    def engine_name(self) -> str:
        """What errors call the engine's child."""
        return self._engine.name

    def alive(self) -> bool:
        """Whether the engine child runs."""
        return self._engine.pid is not None

    def add(self, path: Path, cancel: Cancel | None = None) -> Iterator[object]:
        """Link a GGUF file, or all of a folder and those below it; Inspected for each, and Warned
        for those of a folder that are no models. Errors: MissingFile, NotAModel, BadInput for a
        folder without any, StoreError."""
        path = path.expanduser().resolve()
        if path.is_dir():
            yield from self._add_folder(path, cancel)
            return
        if not path.is_file():
            raise MissingFile(path=path)
        inspected: messages.Inspected = self._engine.ask(messages.Inspect(str(path)), cancel)
        if path not in self.paths():
            self._links.add(path)
        yield inspected

    def _add_folder(self, folder: Path, cancel: Cancel | None) -> Iterator[object]:
        from app.services import model_names

        found = model_names.in_folder(folder)
        if not found:
            raise BadInput(problem=f"There are no GGUF files in the folder {folder}.")
        for number, path in enumerate(found):
            yield messages.Progress("Adding models", number, len(found), "files")
            try:
                yield from self.add(path, cancel)
            except (MissingFile, NotAModel) as error:
                yield Warned(error)

    def remove(self, path: Path) -> Note:
        """Forget a link, never deleting the file; gives what was noted of it. Errors:
        StoreError."""
        note = self.notes.get(path)
        self._links.remove(path)
        self.notes.put(path, Note())
        self.forget(path)
        return note

    def have_back(self, path: Path, note: Note) -> None:
        """Undo `remove`, whatever became of the file meanwhile. Errors: StoreError."""
        self._links.add(path)
        self.notes.put(path, note)

    def rename(self, path: Path, title: str) -> None:
        """Call a model so; '' is its own name again. Its file stays as it is. Errors: BadInput,
        MissingFile, StoreError."""
        title = " ".join(title.split())
        if len(title) > _LONGEST_TITLE or not title.isprintable():
            raise BadInput(problem="A title is a line of at most 120 characters.")
        if path not in self.paths():
            if not path.exists():
                raise MissingFile(path=path)
            raise BadInput(problem=f"{path} is not in the list of models; add it first.")
        self.notes.put(path, replace(self.notes.get(path), title=title))

    def forget(self, path: Path) -> None:
        """New chats take the default model again if they took this one. Errors: StoreError."""
        if self._settings.current.model == str(path):
            self._settings.change(model="")

    def is_link(self, path: Path) -> bool:
        """Whether `remove` would forget it."""
        return path in self._links.paths()

    def devices(self, cancel: Cancel | None = None) -> Iterator[object]:
        """One DeviceList."""
        yield from self._engine.stream(messages.Devices(self.helpers()), cancel)

    def quantize(
        self, source: Path, target: Path, type_name: str, cancel: Cancel | None = None
    ) -> Iterator[object]:
        """Write a model again as another type; Progress."""
        yield from self._engine.stream(
            messages.Quantize(str(source), str(target), type_name), cancel
        )

    def perplexity(self, path: Path, text: str, cancel: Cancel | None = None) -> Iterator[object]:
        """Measure a model on a text; Progress, Measured."""
        yield from self._engine.stream(messages.Perplexity(str(path), text), cancel)
