"""Discover: models that can be had, from Loam's list and from the hub."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.core import paths
from app.core.errors import Cancelled, HubUnreachable, LoamError
from app.core.hubnames import local_name
from app.core.messages import HubFound, HubListing
from app.engine.plan import Machine
from app.hub.config import DEFAULT_ADDRESS
from app.services import catalog
from app.services.device_plan import fit_of_entry, recommended
from app.ui import words
from app.ui.context import Context
from app.ui.finetune.column import ScrollColumn
from app.ui.finetune.labels import text_label
from app.ui.finetune.progress_row import ProgressRow
from app.ui.models import facts
from app.ui.models.closer import look_closer
from app.ui.models.fetches import Fetches
from app.ui.models.found import offers_of
from app.ui.models.not_here import OfflineCard, WaitingList, heading
from app.ui.models.offer_rows import CatalogRow, OfferRow, RepositoryRow, file_title
from app.ui.models.rows import BrokenRow, Row, named_button, refill, say
from app.ui.notices import do_text, what_text
from app.ui.tokens import S4, S8


class DiscoverView(ScrollColumn):
    """Asks the hub only when a person presses a button or Enter."""

    add_asked = Signal()
    use_asked = Signal(str)

    def __init__(self, context: Context, fetches: Fetches, machine: Machine | None) -> None:
        super().__init__()
        # Always there, so that nothing moves sideways when a list grows.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._context = context
        self._fetches = fetches
        self._machine = machine
        self._here: Mapping[str, str] = {}
        self._used = ""
        self._told: LoamError | None = None
        self._retry = ""
        self._results = False
        self.rows: list[Row] = []
        self._broken: LoamError | None = None
        self._models: tuple[catalog.CatalogModel, ...] = ()
        try:
            self._models = catalog.read(paths.catalog())
        except LoamError as error:
            self._broken = error
        self._build()
        fetches.changed.connect(self._draw_waiting)
        self.show_list()

    def _build(self) -> None:
        self.field = QLineEdit()
        self.field.setClearButtonEnabled(True)
        self.field.setMaxLength(200)
        self.field.returnPressed.connect(self.search)
        self.go = named_button(self.tr("Search"), "", self.tr("models on the hub"))
        self.go.clicked.connect(self.search)
        self.token = named_button(self.tr("Access token"), "quiet", "")
        self.token.clicked.connect(self.ask_token)
        line = QHBoxLayout()
        line.setSpacing(S8)
        line.addWidget(self.field, 1)
        line.addWidget(self.go)
        line.addWidget(self.token)
        self._where = text_label("", "hint")
        top = QVBoxLayout()
        top.setSpacing(S4)
        top.addLayout(line)
        top.addWidget(self._where)
        self.body.addLayout(top)
        self._progress = ProgressRow(self.tr("Asking the model hub"))
        self.body.addWidget(self._progress)
        self.offline = OfflineCard()
        self.offline.again.clicked.connect(self._try_again)
        self.offline.add.clicked.connect(self.add_asked)
        self.body.addWidget(self.offline)
        self.waiting = WaitingList(self._context.theme, self._fetches)
        self.waiting.token_asked.connect(self.ask_token)
        self.body.addWidget(self.waiting)
        self._title = heading("")
        self.back = named_button(self.tr("Back to Loam's list"), "link", "")
        self.back.clicked.connect(self.show_list)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.back)
        self.body.addLayout(head)
        self._about = text_label("", "hint")
        self.body.addWidget(self._about)
        self._list = QVBoxLayout()
        self._list.setSpacing(S8)
        self.body.addLayout(self._list)

    def show_machine(self, machine: Machine) -> None:
        """What fits depends on it."""
        known = self._machine
        self._machine = machine
        if known is None and not self._results:
            self.show_list()

    def show_here(self, here: Mapping[str, str], used: str) -> None:
        """here: the paths of the models on this machine, by the names of their files; used: that
        of the model that new chats take."""
        self._here, self._used = here, used
        for row in self._offers():
            row.tell(here, used)

    def refresh(self) -> None:
        """Say again where a search goes and how much room there is."""
        host = self._host()
        text = self.tr("Search {host}, such as: qwen 4b").replace("{host}", host)
        self.field.setPlaceholderText(text)
        self.field.setAccessibleName(self.tr("Search models on {host}").replace("{host}", host))
        where = self.tr(
            "Pressing Enter or Search sends these words to {host}. Nothing leaves this machine "
            "before."
        ).replace("{host}", host)
        with contextlib.suppress(OSError):
            free = words.size(self._context.loam.downloads.free_bytes())
            where += "\n" + self.tr("Room for models on this disk: {size}.").replace("{size}", free)
        self._where.setText(where)
        self._fetches.refresh()

    def show_list(self) -> None:
        """Loam's own list."""
        self._results = False
        self.back.hide()
        self._title.setText(self.tr("Well-known models"))
        machine = self._machine
        best = recommended(self._models, machine) if machine else None
        rows: list[Row] = []
        for model in sorted(self._models, key=lambda model: model is not best):
            fits = [fit_of_entry(model, file, machine) for file in model.files] if machine else []
            rows.append(CatalogRow(self._context.theme, self._fetches, model, fits, model is best))
        if self._broken is not None:
            rows.append(BrokenRow(self._broken, self._context.theme))
        say(
            self._about,
            self.tr("This list came with Loam; sizes are approximate until a download begins."),
            "hint",
        )
        self._fill(rows)

    def search(self) -> None:
        """Ask the hub for what is in the field."""
        query = " ".join(self.field.text().split())
        if not query or self._progress.task is not None:
            return
        self._retry = query
        found: list[HubFound] = []

        def take(event: object) -> None:
            if isinstance(event, HubFound):
                found.append(event)

        def done() -> None:
            self.go.setEnabled(True)
            if found:
                self._show_found(query, found[0])

        self.go.setEnabled(False)
        task = self._context.tasks.run(
            lambda cancel: self._context.loam.hub.search(query, cancel=cancel),
            title=self.tr("Searching {host}").replace("{host}", self._host()),
            on_event=take,
            on_error=self._failed,
            on_done=done,
        )
        self._progress.follow(task)

    def ask_token(self) -> None:
        """Let the person give or take away an access token."""
        from app.ui.models.dialogs import TokenDialog

        TokenDialog(self, self._context.loam.hub, self._context.tasks, self._host()).open()

    def _show_found(self, query: str, found: HubFound) -> None:
        self.offline.hide()
        self._results = True
        self.back.show()
        text = self.tr("“{query}” on {host}").replace("{host}", self._host())
        self._title.setText(text.replace("{query}", query))
        none = self.tr("Nothing was found. Try fewer or other words.")
        say(self._about, "" if found.repositories else none, "hint")
        rows: list[Row] = []
        for each in found.repositories:
            row = RepositoryRow(self._context.theme, each)
            row.files_asked.connect(lambda _id, row=row: self._ask_files(row))
            rows.append(row)
        self._fill(rows)

    def _ask_files(self, row: RepositoryRow) -> None:
        def take(event: object) -> None:
            if isinstance(event, HubListing):
                self.offline.hide()
                self._show_files(row, event)

        def failed(error: LoamError) -> None:
            text = "" if isinstance(error, Cancelled) else f"{what_text(error)} {do_text(error)}"
            row.tell(text, "danger-text", again=True)
            if isinstance(error, HubUnreachable):
                self.offline.tell(error)

        task = self._context.tasks.run(
            lambda cancel: self._context.loam.hub.files(row.repository.id, cancel),
            title=self.tr("Asking for files of {name}").replace("{name}", row.repository.id),
            on_event=take,
            on_error=failed,
            shown=True,
        )
        row.destroyed.connect(task.cancel)

    def _show_files(self, row: RepositoryRow, listing: HubListing) -> None:
        offers = offers_of(listing, self._machine)
        row.tell("" if offers else self.tr("There is no GGUF file of a model in it."))
        files: list[QWidget] = []
        for offer in offers:
            title, name = file_title(offer), local_name(offer.name)
            made = OfferRow(self._context.theme, self._fetches, title, name, [offer])
            self._connect(made)
            files.append(made)
        refill(row.files, files)
        self._draw_waiting()
        if offers and self._machine:
            look_closer(self._context, row, listing, self._machine)

    def _failed(self, error: LoamError) -> None:
        if isinstance(error, Cancelled):
            return
        if isinstance(error, HubUnreachable):
            self.offline.tell(error)
            return
        self._context.notices.show(error)

    def _try_again(self) -> None:
        self.offline.hide()
        if self._retry:
            self.field.setText(self._retry)
        self.search()

    def _fill(self, rows: list[Row]) -> None:
        self.rows = rows
        for row in self._offers():
            self._connect(row)
        refill(self._list, list(rows))
        self._draw_waiting()

    def _connect(self, row: OfferRow) -> None:
        row.use_asked.connect(self.use_asked)
        row.token_asked.connect(self.ask_token)
        row.tell(self._here, self._used)

    def _offers(self) -> list[OfferRow]:
        found = [row for row in self.rows if isinstance(row, OfferRow)]
        for row in self.rows:
            if isinstance(row, RepositoryRow):
                found += row.findChildren(OfferRow)
        return found

    def _draw_waiting(self) -> None:
        """Downloads that no row below tells of; and that there is no connection, if one failed."""
        for each in self._fetches.all:
            if isinstance(each.error, HubUnreachable) and each.error is not self._told:
                self._told = each.error
                self.offline.tell(each.error)
        told = {row.strip.fetch.id for row in self._offers() if row.strip.fetch is not None}
        self.waiting.show_fetches([each for each in self._fetches.all if each.id not in told])

    def _host(self) -> str:
        try:
            return facts.host(self._context.loam.hub.address)
        except LoamError:
            return facts.host(DEFAULT_ADDRESS)
