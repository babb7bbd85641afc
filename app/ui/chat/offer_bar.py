"""Before a long run: what going through everything takes, and the choice of the best passages."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.core.messages import Offered
from app.ui import words
from app.ui.tokens import S8, S12


class OfferBar(QFrame):
    """`everything`, `best` and `given_up`: what the person chose."""

    everything = Signal()
    best = Signal()
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._all = QPushButton(self.tr("Go through everything"))
        self._all.setProperty("kind", "primary")
        self._all.clicked.connect(self.everything)
        self._best = QPushButton(self.tr("Best passages"))
        self._best.setToolTip(self.tr("Answer at once, from the passages nearest to the question"))
        self._best.clicked.connect(self.best)
        self._no = QPushButton(self.tr("Cancel"))
        self._no.setProperty("kind", "quiet")
        self._no.clicked.connect(self.given_up)
        buttons = QHBoxLayout()
        buttons.setSpacing(S8)
        for button in (self._all, self._best, self._no):
            button.setAccessibleName(button.text())
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S12, S8, S12, S8)
        layout.setSpacing(S8)
        layout.addWidget(self._text)
        layout.addLayout(buttons)

    def show_offer(self, offer: Offered) -> None:
        """Say what it takes; the keyboard is on the first button."""
        what = self.tr("Going through all your documents ({passages} in {files}) takes {time}.")
        what = what.replace("{passages}", words.passages(offer.passages))
        what = what.replace("{files}", words.files(offer.files))
        what = what.replace("{time}", words.about(offer.seconds))
        text = f"{offer.why[:1].upper()}{offer.why[1:]}. {what}" if offer.why else what
        self._text.setText(text)
        self.setAccessibleName(text)
        self.show()
        self._all.setFocus()
