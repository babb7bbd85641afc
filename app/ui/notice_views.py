"""How notices look: banners above the page that stay until closed, toasts that go by themselves."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QGuiApplication,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import LoamError
from app.ui.icons import icon, pixmap
from app.ui.notices import Notices, Undo, do_text, what_text
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12, S24

_MOST_BANNERS = 3
_SHARE = 0.4
TOAST_MS = 8000
_PACE_MS = 200


class Banners(QScrollArea):
    """Errors, newest at the foot; an error that is shown already is not shown twice. They scroll
    where they would take more than their share of the window."""

    def __init__(self, notices: Notices, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._shown: list[Banner] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self._inside = QWidget()
        self._inside.setAutoFillBackground(False)
        self._inside.installEventFilter(self)
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(S12, S8, S12, 0)
        self._column.setSpacing(S8)
        self.setWidget(self._inside)
        self.hide()
        notices.error_shown.connect(self.show_error)
        notices.offer_shown.connect(self.show_offer)

    @property
    def texts(self) -> list[str]:
        """What the person reads now."""
        return [banner.text for banner in self._shown]

    def show_offer(self, error: LoamError, text: str, act: Undo) -> None:
        """Add a banner with a button that does something about it, and closes it."""
        banner = self.show_error(error)
        button = banner.add_button(text)
        button.clicked.connect(lambda: self._close(banner))
        button.clicked.connect(lambda: act())
        self._fit()

    def show_error(self, error: LoamError) -> Banner:
        """Add a banner."""
        banner = Banner(error, self._theme)
        for old in [old for old in self._shown if old.text == banner.text]:
            self._close(old)
        while len(self._shown) >= _MOST_BANNERS:
            self._close(self._shown[0])
        self._shown.append(banner)
        self._column.addWidget(banner)
        banner.close_button.clicked.connect(lambda: self._close(banner))
        banner.unfolded.connect(lambda: QTimer.singleShot(0, banner, lambda: self._show(banner)))
        self.show()
        self._fit()
        self.ensureWidgetVisible(banner)
        announce(self, banner.text)
        return banner

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._inside and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _show(self, banner: Banner) -> None:
        self._fit()
        self.verticalScrollBar().setValue(banner.y() - S8)

    def _fit(self) -> None:
        """As high as the messages are, within bounds."""
        if not self._shown:
            return
        # Not left to the scroll area: that makes wrapped lines as high as they were if narrow.
        width = self.viewport().width()
        wanted = max(0, self._column.totalHeightForWidth(width))
        self._inside.resize(width, wanted)
        self.setFixedHeight(min(wanted, int(self.window().height() * _SHARE)))

    def _close(self, banner: Banner) -> None:
        if banner in self._shown:
            self._shown.remove(banner)
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._shown))
        self._fit()


class Banner(QFrame):
    """One error: what happened, what to do, and the details behind a button."""

    unfolded = Signal()

    def __init__(self, error: LoamError, theme: ThemeKeeper) -> None:
        super().__init__()
        self.setProperty("kind", "banner")
        self._theme = theme
        what, do = what_text(error), do_text(error)
        self.text = f"{what} {do}".strip()

        self._picture = QLabel()
        words = QLabel(what)
        words.setProperty("kind", "strong")
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        advice = QLabel(do)
        advice.setTextFormat(Qt.TextFormat.PlainText)
        advice.setWordWrap(True)
        advice.setVisible(bool(do))
        for label in (words, advice):
            policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            label.setSizePolicy(policy)
        text = self._words = QVBoxLayout()
        text.setSpacing(S4)
        text.addWidget(words)
        text.addWidget(advice)

        self._details = QPlainTextEdit(error.detail)
        self._details.setReadOnly(True)
        self._details.setAccessibleName(self.tr("Details of the problem"))
        self._details.setFont(theme.monospace(9))
        self._details.setMaximumHeight(160)
        self._details.hide()
        more = QPushButton(self.tr("Details"))
        more.setProperty("kind", "quiet")
        more.setCheckable(True)
        more.setVisible(bool(error.detail))
        more.toggled.connect(self._details.setVisible)
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setProperty("kind", "quiet")
        self.copy_button.setAccessibleName(self.tr("Copy the details"))
        self.copy_button.clicked.connect(self._copy)
        self.copy_button.hide()
        more.toggled.connect(self.copy_button.setVisible)
        more.toggled.connect(lambda _on: self.unfolded.emit())
        self.close_button = QPushButton()
        self.close_button.setProperty("kind", "icon")
        self.close_button.setAccessibleName(self.tr("Close this message"))

        row = QHBoxLayout()
        row.setSpacing(S12)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        row.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(more, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S12, S8, S8, S8)
        layout.addLayout(row)
        layout.addWidget(self._details)
        theme.changed.connect(self._tint)
        self._tint()

    def add_button(self, text: str) -> QPushButton:
        """A button below the words."""
        button = QPushButton(text)
        button.setAccessibleName(text)
        self._words.addSpacing(S4)
        self._words.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        return button

    def _tint(self) -> None:
        tokens, ratio = self._theme.tokens, self.devicePixelRatioF()
        self._picture.setPixmap(pixmap("triangle-alert", tokens.warning, 20, ratio))
        self.close_button.setIcon(icon("x", tokens.text))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details.toPlainText())


class Toasts(QObject):
    """One short line at the foot of `host`, with Undo; a new one takes the place of the last.
    foot: pixels there that must stay free."""

    def __init__(
        self, notices: Notices, theme: ThemeKeeper, host: QWidget, foot: Callable[[], int]
    ) -> None:
        super().__init__(host)
        self._theme = theme
        self._foot = foot
        self._host = host
        self._toast: QFrame | None = None
        self._line = QLabel()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TOAST_MS)
        self._timer.timeout.connect(self.close)
        # What must stay free changes with the page, and with each line that is written.
        self._pace = QTimer(self, interval=_PACE_MS)
        self._pace.timeout.connect(self._place)
        host.installEventFilter(self)
        notices.toast_shown.connect(self.show)

    def show(self, text: str, undo: Undo | None) -> None:
        """Show a line in place of the last one."""
        self.close()
        toast = QFrame(self._host)
        toast.setProperty("kind", "toast")
        layout = QHBoxLayout(toast)
        layout.setContentsMargins(S12, S4, S4, S4)
        layout.setSpacing(S8)
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(label, 1)
        if undo is not None:
            button = QPushButton(self.tr("Undo"))
            button.setProperty("kind", "link")
            button.setAccessibleName(self.tr("Undo: {what}").replace("{what}", text))
            button.clicked.connect(lambda: self._undo(undo))
            layout.addWidget(button)
        close = QPushButton()
        close.setProperty("kind", "icon")
        close.setIcon(icon("x", self._theme.tokens.quiet, 16))
        close.setAccessibleName(self.tr("Close this message"))
        close.clicked.connect(self.close)
        layout.addWidget(close)
        self._toast, self._line = toast, label
        toast.show()
        self._place()
        self._timer.start()
        self._pace.start()
        announce(self._host, text)

    def close(self) -> None:
        """Take the line away."""
        self._timer.stop()
        self._pace.stop()
        if self._toast is not None:
            self._toast.hide()
            self._toast.deleteLater()
            self._toast = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _undo(self, undo: Undo) -> None:
        self.close()
        undo()

    def _place(self) -> None:
        if self._toast is not None:
            toast, room = self._toast, self._host.width() - 2 * S24
            self._line.setWordWrap(False)
            size = toast.sizeHint()
            if size.width() > room:
                self._line.setWordWrap(True)
                toast.ensurePolished()
                size = QSize(room, toast.heightForWidth(room))
            toast.resize(size)
            toast.move(
                (self._host.width() - toast.width()) // 2,
                self._host.height() - toast.height() - max(S24, self._foot() + S8),
            )
            self._toast.raise_()


def announce(source: QObject, text: str) -> None:
    """Let a screen reader say it."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(source, text))
