"""Keeps palette, fonts and style sheet in step with the settings and with the system.

Widgets choose their look by a dynamic property, `kind`: primary, quiet, danger, link, chip, icon
(buttons), title, heading, subtitle, hint, warning, danger-text (labels), card, sunken, bar
(frames), search (fields).
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTemporaryDir, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from app.core.settings import Settings, Theme
from app.ui.style import draw_marks, style_sheet
from app.ui.tokens import BASE_POINTS, DARK, LIGHT, Tokens, with_accent


class ThemeKeeper(QObject):
    """The present look. `changed` comes after palette and style sheet were set."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._settings = Settings()
        self._tokens = LIGHT
        self._applied: tuple[object, ...] = ()
        self._folder = QTemporaryDir()
        self._dressed = False
        self._system_accent = application.palette().color(QPalette.ColorRole.Accent).name()
        self._system_points = application.font().pointSizeF()
        application.setStyle("Fusion")
        QTimer.singleShot(0, self, self.dress)
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(lambda _scheme: self.apply(self._settings))

    @property
    def tokens(self) -> Tokens:
        """Colours now."""
        return self._tokens

    @property
    def points(self) -> float:
        """Size of body text in points: the system's, at least Loam's, as the person scaled it."""
        return max(BASE_POINTS, self._system_points) * self._settings.font_percent / 100

    @property
    def reduce_motion(self) -> bool:
        """Whether changes must show at once."""
        return self._settings.reduce_motion

    @property
    def motion_ms(self) -> int:
        """How long a movement may last; 0 for none."""
        return 0 if self._settings.reduce_motion else 120

    def scaled(self, points: float) -> float:
        """A text size of the design (base 10.5) as the person scaled it, in points."""
        return points * self.points / BASE_POINTS

    def monospace(self, points: float = BASE_POINTS) -> QFont:
        """The system's font for code, at a size of the design."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.scaled(points))
        return font

    def apply(self, settings: Settings) -> None:
        """Look as these settings want; nothing happens when the look stays the same."""
        self._settings = settings
        tokens = self._chosen(settings.theme)
        wanted = (tokens, self.points, settings.reduce_motion)
        if wanted == self._applied:
            return
        self._applied = wanted
        self._tokens = tokens
        font = self._application.font()
        font.setPointSizeF(self.points)
        self._application.setFont(font)
        self._application.setPalette(palette(tokens))
        if self._dressed:
            self._dress()
        self.changed.emit()

    def dress(self) -> None:
        """Use the style sheet from now on: when the window is built, else with the first turn of
        the event loop. Widgets put together under a style sheet are styled anew at each step."""
        if not self._dressed:
            self._dressed = True
            self._dress()

    def _dress(self) -> None:
        tokens = self._tokens
        folder = Path(self._folder.path()) / f"{tokens.name}{tokens.accent[1:]}"
        folder.mkdir(exist_ok=True)
        draw_marks(tokens, folder)
        self._application.setStyleSheet(style_sheet(tokens, self.points, folder.as_posix()))

    def _chosen(self, theme: Theme) -> Tokens:
        if theme is Theme.SYSTEM:
            dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
            return with_accent(DARK if dark else LIGHT, self._system_accent)
        return DARK if theme is Theme.DARK else LIGHT


def palette(tokens: Tokens) -> QPalette:
    """A Qt palette of the tokens, for what the style sheet does not reach."""
    role = QPalette.ColorRole
    colors = {
        role.Window: tokens.ground,
        role.WindowText: tokens.text,
        role.Base: tokens.surface,
        role.AlternateBase: tokens.sunken,
        role.Text: tokens.text,
        role.PlaceholderText: tokens.quiet,
        role.Button: tokens.surface,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.danger,
        role.ToolTipBase: tokens.surface,
        role.ToolTipText: tokens.text,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.Accent: tokens.accent,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Light: tokens.surface,
        role.Midlight: tokens.line,
        role.Mid: tokens.line,
        role.Dark: tokens.edge,
        role.Shadow: tokens.edge,
    }
    made = QPalette()
    for which, color in colors.items():
        made.setColor(which, QColor(color))
    for which in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(tokens.quiet))
    return made


def set_kind(widget: QWidget, kind: str) -> None:
    """Give a widget another look while it is shown (setProperty alone is not seen by Qt)."""
    widget.setProperty("kind", kind)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    QApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))
