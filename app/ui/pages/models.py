"""The Models page: the models on this machine, and those that can be had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QFileDialog,
    QStackedWidget,
    QVBoxLayout,
)

from app.core import messages
from app.core.errors import LoamError
from app.core.magic import is_gguf
from app.core.messages import Warned
from app.core.process import Cancel
from app.ui.context import Context
from app.ui.page import Page

if TYPE_CHECKING:
    from app.core.messages import DeviceList
    from app.ui.models.discover import DiscoverView

_TABS = ("mine", "discover")


class ModelsPage(Page):
    """Files are used where they lie; only those that Loam fetched itself can be deleted."""

    key = "models"
    title = "Models"
    icon = "box"
    order = 30

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        from app.ui.empty_state import EmptyState
        from app.ui.models.actions import ModelActions
        from app.ui.models.fetches import Fetches
        from app.ui.models.head import ModelsHead
        from app.ui.models.mine import MineView
        from app.ui.models.planner import Planner
        from app.ui.models.server_actions import ServerActions

        self._models = context.loam.models
        self._listing = False
        self._again = False
        self._drawn: object = None
        self.infos: list[messages.Inspected] = []
        self.broken: list[LoamError] = []
        self.actions_on = ModelActions(context, self)
        self.servers = ServerActions(context, self)
        self.planner = Planner(context, self)
        self.fetches = Fetches(context)
        self.mine = MineView(context.theme, self.actions_on)
        self._discover: DiscoverView | None = None
        self._empty = EmptyState(
            context.theme, "box", self.tr("Add a GGUF model, and Loam can chat with it.")
        )
        self._empty.add_button(self.tr("Add a model"), self.choose_file)
        self._empty.add_button(self.tr("Discover models"), lambda: self.open_tab("discover"))
        bar = self.mine.verticalScrollBar().sizeHint().width()
        self._head = ModelsHead(context.theme, bar)
        self._tabs = self._head.tabs
        self._stack = QStackedWidget()
        for view in (self.mine, self._empty):
            self._stack.addWidget(view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(self._stack, 1)
        self._connect()

    @property
    def discover(self) -> DiscoverView:
        """Built when it is first wanted: it has many rows."""
        if self._discover is None:
            from app.ui.models.discover import DiscoverView

            made = DiscoverView(self.context, self.fetches, self.planner.machine)
            made.use_asked.connect(self.actions_on.use)
            made.add_asked.connect(self.choose_file)
            self._stack.addWidget(made)
            self._discover = made
            self._tell_here()
            made.refresh()
        return self._discover

    def shown(self) -> None:
        self.refresh()
        if self._discover is not None:
            self._discover.refresh()
        self.planner.look()

    def closing(self) -> None:
        self.fetches.closing()

    def search(self) -> None:
        self.open_tab("discover")
        self.discover.field.setFocus()
        self.discover.field.selectAll()

    def accept_paths(self, paths: Sequence[str]) -> bool:
        models = [path for path in paths if is_gguf(path)]
        if not models and not self._are_folders(paths):
            return False
        models = models or list(paths)

        def work(cancel: Cancel) -> Iterator[object]:
            for path in models:
                try:
                    yield from self._models.add(Path(path), cancel)
                except LoamError as error:
                    yield Warned(error)

        self.open_tab("mine")
        self.context.tasks.run(
            work,
            title=self.tr("Adding a model"),
            on_event=self._added,
            on_done=self.refresh,
            shown=True,
        )
        return True

    def drop_hint(self, paths: Sequence[str]) -> str:
        if self._are_folders(paths):
            return self.tr("Add the models in the folder to Models")
        return ""

    def choose_file(self) -> None:
        """Let the person choose a model file."""
        paths, _kind = QFileDialog.getOpenFileNames(
            self, self.tr("Add a model"), "", self.tr("Models (*.gguf)")
        )
        if paths:
            self.accept_paths(paths)

    def _are_folders(self, paths: Sequence[str]) -> bool:
        """Whether all these are folders of models; others may be folders of documents."""
        from app.services import model_names

        return bool(paths) and all(map(model_names.holds_models, paths))

    def open_tab(self, key: str) -> None:
        """'mine' or 'discover'."""
        self._tabs.setCurrentIndex(_TABS.index(key))

    def refresh(self) -> None:
        """Look at all files again. While that runs, one more look is kept for after it."""
        if self._listing:
            self._again = True
            return
        self._listing = True
        found: list[messages.Inspected] = []
        broken: list[LoamError] = []

        def take(event: object) -> None:
            if isinstance(event, messages.Inspected):
                found.append(event)
            elif isinstance(event, Warned):
                broken.append(event.error)

        def done() -> None:
            self._listing = False
            self.infos, self.broken = found, broken
            self._draw()
            self._plan()
            if self._again:
                self._again = False
                self.refresh()

        self.context.tasks.run(
            lambda cancel: self._models.list(cancel), on_event=take, on_done=done
        )

    def act(self, what: str, path: str) -> None:
        """Do what a row asked for."""
        on = self.actions_on
        info = next((each.info for each in self.infos if each.info.path == path), None)
        if info is None:
            # A file that is no model, or no longer there, can only go.
            if what == "remove":
                on.forget(path)
            elif what == "delete":
                on.delete(path, Path(path).name)
            return
        {
            "use": lambda: on.use(path),
            "load": lambda: on.ask_load_settings(info),
            "rename": lambda: on.rename(info),
            "folder": lambda: on.show_folder(path),
            "verify": lambda: on.verify(info),
            "convert": lambda: on.ask_convert(info),
            "delete": lambda: on.delete(path, info.name),
            "remove": lambda: on.forget(path),
        }[what]()

    def _connect(self) -> None:
        self._head.add_asked.connect(self.choose_file)
        self._head.connect_asked.connect(self.servers.connect_to)
        self._tabs.currentChanged.connect(lambda _index: self._show_tab())
        self.mine.asked.connect(self.act)
        self.mine.restore_asked.connect(self.actions_on.restore)
        self.mine.server_asked.connect(self.servers.act)
        self.servers.changed.connect(self._draw)
        self.actions_on.changed.connect(self.refresh)
        self.planner.devices_known.connect(self._take_devices)
        self.planner.planned.connect(self._show_plans)
        self.fetches.arrived.connect(self._arrived)
        self.context.theme.changed.connect(self._draw_anew)
        self.context.navigator.settings_changed.connect(lambda _settings: self._changed())
        self.context.navigator.model_event.connect(self._take_model)
        self.context.navigator.load_settings_changed.connect(lambda _path: self._plan())

    def _take_model(self, event: object) -> None:
        if isinstance(event, messages.Loaded):
            self._show_plans()

    def _changed(self) -> None:
        self._draw()
        if self._discover is not None:
            self._discover.refresh()
        self._plan()

    def _arrived(self, paths: Sequence[str]) -> None:
        text = self.tr("{name} has arrived, whole and checked.")
        self.context.notices.toast(text.replace("{name}", Path(paths[0]).name))
        self.refresh()

    def _added(self, event: object) -> None:
        if isinstance(event, Warned):
            self.context.notices.show(event.error)
        elif isinstance(event, messages.Inspected) and event.info.writes:
            told = self.tr("Added {name}. Choose it in the menu of models above a chat.")
            self.context.notices.toast(told.replace("{name}", event.info.name))

    def _take_devices(self, found: DeviceList) -> None:
        self.mine.show_devices(found.devices)
        if self._discover is not None and self.planner.machine is not None:
            self._discover.show_machine(self.planner.machine)
        self._plan()

    def _plan(self) -> None:
        infos = [each.info for each in self.infos]
        self.planner.plan([info.path for info in infos if info.writes])

    def _show_plans(self) -> None:
        self.mine.show_plans(self.planner.plans, self._models.loaded())

    def _draw_anew(self) -> None:
        self._drawn = None
        self._draw()

    def _draw(self) -> None:
        spec = self.planner.spec()
        used = spec.path if spec else ""
        infos = [each.info for each in self.infos]
        links = [self.actions_on.is_link(info.path) for info in infos]
        served = self.servers.servers
        wanted = (infos, links, used, [str(error) for error in self.broken], served)
        if wanted != self._drawn:
            self._drawn = wanted
            self.mine.show_models(infos, self.broken, used)
            self.mine.show_servers(served, used)
            self._show_plans()
        self.mine.show_deleted(self.context.loam.model_files.deleted())
        self._tell_here()
        self._show_tab()

    def _tell_here(self) -> None:
        if self._discover is not None:
            here = {Path(each.info.path).name: each.info.path for each in self.infos}
            spec = self.planner.spec()
            self._discover.show_here(here, spec.path if spec else "")

    def _show_tab(self) -> None:
        empty = not (self.infos or self.broken or self._listing or self.servers.servers)
        if _TABS[self._tabs.currentIndex()] == "discover":
            self._stack.setCurrentWidget(self.discover)
        else:
            self._stack.setCurrentWidget(self._empty if empty else self.mine)


PAGE = ModelsPage
