"""Rows of Discover: a model of the catalogue, a repository on the hub, a file in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QVBoxLayout

from app.core.hubnames import local_name
from app.core.types import HubRepository
from app.engine.plan import Fit
from app.services.catalog import CatalogFile, CatalogModel
from app.services.download_record import record_id
from app.ui import words
from app.ui.icons import icon
from app.ui.models import facts
from app.ui.models.fetch_strip import FetchStrip
from app.ui.models.fetches import Fetches
from app.ui.models.rows import Row, say
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8

_WIDE = 200
_KINDS = {Fit.FITS: "chip", Fit.SLOW: "warning", Fit.WONT: "danger-text"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that can be had: of a split one the first part and the size of all. about: what it is
    in words; short: the same without the name of its type."""

    repository: str
    name: str
    type: str
    about: str
    short: str
    fit: Fit | None
    sha256: tuple[str, ...] = ()


class OfferRow(Row):
    """A row with one file to download, chosen among `offers`."""

    use_asked = Signal(str)
    token_asked = Signal()

    def __init__(
        self,
        theme: ThemeKeeper,
        fetches: Fetches,
        title: str,
        detail: str,
        offers: Sequence[Offer],
        chosen: int = 0,
    ) -> None:
        super().__init__(theme, "box", "quiet", title, detail)
        self._fetches = fetches
        self.offers = list(offers)
        self._chosen = chosen
        self._here: Mapping[str, str] = {}
        self._used = ""
        self._fit = self.chip("")
        self._actions = QVBoxLayout()
        self._actions.setSpacing(S8)
        self.side.addLayout(self._actions)
        self.download = QPushButton()
        # As wide in each row, so that what stands left of it is in one line down the page.
        self.download.setMinimumWidth(round(theme.scaled(_WIDE)))
        self.download.clicked.connect(self._press)
        self._actions.addWidget(self.download)
        self.types: QPushButton | None = None
        self._size: QLabel | None = None
        if len(self.offers) > 1:
            self.types = QPushButton()
            self.types.setProperty("kind", "quiet")
            self.types.setMenu(self._menu())
            self._actions.addWidget(self.types, 0, Qt.AlignmentFlag.AlignRight)
        else:
            self._size = QLabel()
            self._size.setProperty("kind", "hint")
            self._actions.addWidget(self._size, 0, Qt.AlignmentFlag.AlignRight)
        self._tint()
        self.strip = FetchStrip(fetches)
        self.strip.token_asked.connect(self.token_asked)
        self.column.addWidget(self.strip)
        fetches.changed.connect(self._draw)

    @property
    def offer(self) -> Offer:
        """The file chosen."""
        return self.offers[self._chosen]

    def choose(self, number: int) -> None:
        """Take another of the offers."""
        self._chosen = number
        self._draw()

    def judge_anew(self, fit: Fit | None) -> None:
        """More is known of the one file than when the row was made."""
        self.offers[self._chosen] = replace(self.offer, fit=fit)
        self._draw()

    def tell(self, here: Mapping[str, str], used: str) -> None:
        """As `DiscoverView.show_here`."""
        self._here, self._used = here, used
        self._draw()

    def _press(self) -> None:
        path = self._here.get(record_id(self.offer.name))
        if path:
            self.use_asked.emit(path)
        else:
            offer = self.offer
            self._fetches.start(offer.repository, offer.name, offer.sha256)

    def _tint(self) -> None:
        super()._tint()
        types = getattr(self, "types", None)
        if types is not None:
            types.setIcon(icon("chevron-down", self.theme.tokens.quiet))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for number, offer in enumerate(self.offers):
            fit = facts.fit(offer.fit) if offer.fit else ""
            action = menu.addAction(facts.joined([offer.about, fit]))
            action.triggered.connect(lambda _on=False, number=number: self.choose(number))
        return menu

    def _draw(self) -> None:
        offer = self.offer
        if self._size is not None:
            self._size.setText(offer.short)
            self._size.setToolTip(offer.about)
        if self.types is not None:
            self.types.setText(offer.short)
            tip = self.tr("Choose how coarsely the model's numbers are kept. Now: {about}")
            self.types.setToolTip(tip.replace("{about}", offer.about))
            text = self.tr("Size of {name}: {about}").replace("{name}", self.name.whole)
            self.types.setAccessibleName(text.replace("{about}", offer.about))
        fit = offer.fit
        say(self._fit, facts.fit(fit) if fit else "", _KINDS[fit] if fit else "chip")
        self._fit.setToolTip(facts.fit_explained(fit) if fit else "")
        path = self._here.get(record_id(offer.name), "")
        here, used = bool(path), bool(path) and path == self._used
        text = self.tr("Use") if here else self.tr("Download")
        text = self.tr("In use") if used else text
        self.download.setEnabled(not used)
        self.download.setText(text)
        self.download.setAccessibleName(f"{text}: {self.name.whole}")
        tip = self.tr("It is on this machine. New chats take it.") if here else offer.about
        self.download.setToolTip(tip)
        self.strip.follow(offer.repository, offer.name)
        self.download.setVisible(here or self.strip.fetch is None)


class CatalogRow(OfferRow):
    """A model of the catalogue. fits: of each of its files; empty while the machine is unknown."""

    def __init__(
        self,
        theme: ThemeKeeper,
        fetches: Fetches,
        model: CatalogModel,
        fits: Sequence[Fit],
        best: bool,
    ) -> None:
        numbers: Sequence[Fit | None] = fits or [None] * len(model.files)
        offers = [_offer(model, file, fit) for file, fit in zip(model.files, numbers, strict=True)]
        chosen = model.files.index(model.recommended)
        super().__init__(theme, fetches, model.name, "", offers, chosen)
        self.model = model
        self.detail.setText(model.about)
        self.detail.setVisible(True)
        count = words.parameters(model.parameters)
        parts = [
            self.tr("{n} parameters").replace("{n}", count),
            facts.context(model.context),
            model.licence,
        ]
        self.line(facts.joined(parts), tip=facts.explained())
        if best:
            tip = self.tr("The largest model of this list that runs well on this machine.")
            self.chip(self.tr("Recommended"), tip=tip)


class RepositoryRow(Row):
    """A repository that a search found; its files are only asked for when wanted."""

    files_asked = Signal(str)

    def __init__(self, theme: ThemeKeeper, found: HubRepository) -> None:
        size = words.parameters(found.parameters) if found.parameters else ""
        parts = [
            self.tr("{n} parameters").replace("{n}", size) if size else "",
            self.tr("{n} downloads").replace("{n}", words.number(found.downloads)),
            found.licence,
        ]
        super().__init__(theme, "globe", "quiet", found.id, facts.joined(parts))
        self.repository = found
        if found.gated:
            tip = self.tr("Its terms must be accepted on the hub, and an access token be given.")
            self.chip(self.tr("Terms to accept"), "warning", tip)
        self.files_button = self.button(self.tr("Show files"), "")
        self.files_button.clicked.connect(self._ask)
        self.state = self.line("")
        self.files = QVBoxLayout()
        self.files.setSpacing(S8)
        self.column.addLayout(self.files)

    def _ask(self) -> None:
        self.files_button.setEnabled(False)
        say(self.state, self.tr("Asking for the list of files"), "hint")
        self.files_asked.emit(self.repository.id)

    def tell(self, text: str, kind: str = "hint", again: bool = False) -> None:
        """What came of asking. again: whether one may ask once more."""
        say(self.state, text, kind)
        self.files_button.setEnabled(again)
        self.files_button.setVisible(again)


def file_title(offer: Offer) -> str:
    """How a file of a repository is called in a row."""
    return facts.quality(offer.type) if offer.type else local_name(offer.name)


def _offer(model: CatalogModel, file: CatalogFile, fit: Fit | None) -> Offer:
    size = f"~{words.size(file.size_bytes)}"
    about = facts.joined([facts.quality(file.type), size])
    short = facts.joined([facts.coarse(file.type), size])
    known = file.sha256 if all(file.sha256) else ()
    return Offer(model.repository, file.names[0], file.type, about, short, fit, known)
