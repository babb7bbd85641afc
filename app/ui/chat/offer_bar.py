"""Before a long run: what going through everything takes, and the choice of the best passages."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from app.core.messages import Offered
from app.ui import words
from app.ui.chat.ask_bar import AskBar


class OfferBar(AskBar):
    """`everything`, `best` and `given_up`: what the person chose."""

    everything = Signal()
    best = Signal()
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._all = QPushButton(self.tr("Go through everything"))
        self._all.setProperty("kind", "primary")
        self._all.clicked.connect(self.everything)
        self._best = QPushButton(self.tr("Best passages"))
        self._best.setToolTip(self.tr("Answer at once, from the passages nearest to the question"))
        self._best.clicked.connect(self.best)
        self._no = QPushButton(self.tr("Cancel"))
        self._no.setProperty("kind", "quiet")
        self._no.clicked.connect(self.given_up)
        self.offer(self._all, self._best, self._no)

    def show_offer(self, offer: Offered) -> None:
        """Say what it takes; the keyboard is on the first button."""
        what = self.tr("Going through all your documents ({passages} in {files}) takes {time}.")
        what = what.replace("{passages}", words.passages(offer.passages))
        what = what.replace("{files}", words.files(offer.files))
        what = what.replace("{time}", words.about(offer.seconds))
        self.say(f"{offer.why[:1].upper()}{offer.why[1:]}. {what}" if offer.why else what)
        self._all.setFocus()
