"""The style sheet, built from the tokens. Sizes of text are in points, all else in pixels."""

from __future__ import annotations

from pathlib import Path
from string import Template

from app.ui.icons import svg
from app.ui.tokens import BASE_POINTS, RADIUS, S4, S8, S12, Tokens

_SHEET = Template("""
* { outline: none; }
QWidget { color: $text; }
QMainWindow, QDialog, QWidget[kind="page"] { background: $ground; }
QToolTip { background: $surface; color: $text; border: 1px solid $edge; padding: ${s4}px; }

QLabel { background: transparent; }
QLabel[kind="title"] { font-size: ${pt15}pt; font-weight: 600; }
QLabel[kind="display"] { font-size: ${pt20}pt; font-weight: 600; }
QLabel[kind="heading"] { font-size: ${pt12}pt; font-weight: 600; }
QLabel[kind="subtitle"] { font-size: ${pt12}pt; color: $quiet; }
QLabel[kind="strong"] { font-weight: 600; }
QLabel[kind="hint"] { color: $quiet; font-size: ${pt9}pt; }
QLabel[kind="quiet"] { color: $quiet; }
QLabel[kind="warning"] { color: $warning; }
QLabel[kind="danger-text"] { color: $danger; }
QLabel[kind="accent"] { color: $accent; }

QPushButton, QToolButton {
  background: $surface; color: $text; border: 1px solid $edge; border-radius: ${radius}px;
  padding: 5px ${s12}px; min-height: 20px;
}
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $line; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: ${s4}px 11px; }
QPushButton:disabled, QToolButton:disabled {
  color: $quiet; background: $sunken; border-color: $line;
}
QPushButton[kind="primary"] {
  background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600;
}
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled { background: $line; color: $quiet; border-color: $line; }
QPushButton[kind="danger"] { color: $danger; border-color: $danger; background: $surface; }
QPushButton[kind="danger"]:hover { background: $danger_ground; }
QPushButton[kind="quiet"], QToolButton[kind="quiet"] {
  background: transparent; border: 2px solid transparent; padding: ${s4}px ${s8}px;
}
QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="quiet"]:focus, QToolButton[kind="quiet"]:focus { border-color: $accent; }
QPushButton[kind="quiet"]:checked, QToolButton[kind="quiet"]:checked {
  background: $accent_ground; color: $accent;
}
QPushButton[kind="link"] {
  background: transparent; border: 2px solid transparent; color: $accent; padding: 2px ${s4}px;
  text-align: left;
}
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $accent; border-radius: ${s4}px; }
QToolButton[kind="icon"], QPushButton[kind="icon"] {
  background: transparent; border: 2px solid transparent; padding: ${s4}px; min-height: 0;
}
QToolButton[kind="icon"]:hover, QPushButton[kind="icon"]:hover { background: $hover; }
QToolButton[kind="icon"]:focus, QPushButton[kind="icon"]:focus { border-color: $accent; }
QToolButton[kind="icon"]:checked { background: $accent_ground; }
QToolButton[kind="overlay"] {
  background: $surface; border: 1px solid $edge; border-radius: 10px; padding: 0; min-height: 0;
}
QToolButton[kind="overlay"]:hover { background: $hover; }
QToolButton[kind="overlay"]:focus { border-color: $accent; }
QToolButton::menu-indicator, QPushButton::menu-indicator { image: none; width: 0; }
QPushButton[kind="tick-box"] {
  background: $surface; border: 1px solid $edge; border-radius: ${radius}px;
  padding: ${s4}px 28px ${s4}px ${s8}px; min-height: 22px;
}
QPushButton[kind="tick-box"]:focus {
  border: 2px solid $accent; padding: 3px 27px 3px 7px;
}
QPushButton[kind="tick-box"]::menu-indicator {
  image: url($folder/down.svg); width: 12px; height: 12px; right: ${s12}px;
  subcontrol-origin: border; subcontrol-position: center right;
}
QPushButton[kind="chip"], QToolButton[kind="chip"], QFrame[kind="chip"], QLabel[kind="chip"] {
  background: $accent_ground; color: $accent; border: 1px solid transparent;
  border-radius: ${s8}px; padding: 2px 10px; font-size: ${pt9}pt;
}
QPushButton[kind="chip"]:hover, QToolButton[kind="chip"]:hover { border-color: $accent; }
QPushButton[kind="chip"]:focus, QToolButton[kind="chip"]:focus {
  border: 2px solid $accent; padding: 1px 9px;
}
QPushButton[kind="card"] {
  background: $surface; border: 1px solid $line; border-radius: ${radius}px; padding: ${s12}px;
  text-align: left;
}
QPushButton[kind="card"]:hover { border-color: $accent; background: $surface; }
QPushButton[kind="card"]:focus { border: 2px solid $accent; padding: 11px; }
QPushButton[kind="choice"] {
  background: $surface; border: 1px solid $line; border-radius: ${radius}px; padding: 0;
}
QPushButton[kind="choice"]:hover { border-color: $accent; }
QPushButton[kind="choice"]:checked { background: $accent_ground; border-color: $accent; }
QPushButton[kind="choice"]:focus { border: 2px solid $accent; }
QPushButton[kind="choice"]:disabled { background: $sunken; }

QPushButton[kind="rail"] {
  background: transparent; border: 2px solid transparent; border-radius: ${radius}px;
  text-align: left; padding: 6px ${s8}px; min-height: 22px; color: $quiet;
}
QPushButton[kind="rail"]:hover { background: $hover; color: $text; }
QPushButton[kind="rail"]:focus { border-color: $accent; }
QPushButton[kind="rail"]:checked { background: $accent_ground; color: $accent; font-weight: 600; }

QFrame[kind="card"] { background: $surface; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[kind="sunken"], QWidget[kind="sunken"] { background: $sunken; border: none; }
QFrame[kind="rail"] { background: $sunken; border: none; border-right: 1px solid $line; }
QFrame[kind="bar"] { background: $ground; border: none; border-bottom: 1px solid $line; }
QFrame[kind="foot"] { background: $sunken; border: none; border-top: 1px solid $line; }
QFrame[kind="side"] { background: $ground; border: none; border-left: 1px solid $line; }
QFrame[kind="line"] { background: $line; border: none; max-height: 1px; }
QFrame[kind="banner"] {
  background: $warning_ground; border: 1px solid $warning; border-radius: ${radius}px;
}
QFrame[kind="toast"] { background: $surface; border: 1px solid $edge; border-radius: ${radius}px; }
QFrame[kind="row-actions"] { background: $hover; border: none; }
QFrame[kind="drop"] {
  background: $surface; border: 2px dashed $accent; border-radius: ${radius}px;
}

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox {
  background: $surface; color: $text; border: 1px solid $edge; border-radius: ${radius}px;
  padding: ${s4}px ${s8}px; selection-background-color: $accent;
  selection-color: $on_accent;
}
QLineEdit, QComboBox, QAbstractSpinBox { min-height: 22px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {
  border: 2px solid $accent; padding: 3px 7px;
}
QAbstractItemView QLineEdit { padding: 0 ${s4}px; min-height: 0; border-radius: ${s4}px; }
QAbstractItemView QLineEdit:focus { padding: 0 3px; }
QLineEdit[kind="inline"] { padding: 0 ${s4}px; min-height: 0; border-radius: ${s4}px; }
QTextEdit[kind="plain"], QPlainTextEdit[kind="plain"], QTextBrowser[kind="plain"] {
  background: transparent; border: none; padding: 0;
}
QPlainTextEdit[kind="reader"], QTextBrowser[kind="reader"] {
  background: $surface; border: none; border-radius: 0; padding: ${s12}px 0;
}
QComboBox QLineEdit, QComboBox QLineEdit:focus {
  background: transparent; border: none; padding: 0; min-height: 0;
}
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url($folder/down.svg); width: 14px; height: 14px; }
QComboBox QAbstractItemView {
  background: $surface; border: 1px solid $edge; selection-background-color: $accent_ground;
  selection-color: $accent; padding: ${s4}px;
}
QAbstractSpinBox { padding-right: 26px; }
QAbstractSpinBox QLineEdit {
  background: transparent; border: none; padding: 0 0 0 6px; min-height: 0;
}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  background: transparent; border: none; width: 24px; subcontrol-origin: border;
}
QAbstractSpinBox::up-button { subcontrol-position: top right; margin-top: 3px; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin-bottom: 3px; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-arrow { image: url($folder/up.svg); width: 12px; height: 12px; }
QAbstractSpinBox::down-arrow { image: url($folder/down.svg); width: 12px; height: 12px; }

QCheckBox {
  spacing: ${s8}px; background: transparent; padding: 3px 3px 3px 0; margin-left: -2px;
  border: 2px solid transparent; border-radius: ${s4}px;
}
QCheckBox:focus { border-color: $accent; }
QCheckBox:disabled { color: $quiet; }
QCheckBox::indicator:disabled { border-color: $line; background: $sunken; }
QCheckBox::indicator, QListView::indicator {
  width: 16px; height: 16px; border: 1px solid $quiet; border-radius: ${s4}px;
  background: $surface;
}
QCheckBox::indicator:checked, QListView::indicator:checked {
  background: $accent; border-color: $accent; image: url($folder/check.svg);
}

QAbstractItemView {
  background: transparent; border: none; selection-background-color: $accent_ground;
  selection-color: $text;
}
QListView::item, QTreeView::item, QTableView::item { padding: ${s4}px ${s8}px; border: none; }
QListView::item:hover, QTreeView::item:hover, QTableView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
  background: $accent_ground; color: $text;
}
QListView[kind="list"]::item { border-radius: ${s4}px; }
QHeaderView::section {
  background: $ground; color: $quiet; border: none; border-bottom: 1px solid $line;
  padding: ${s4}px ${s8}px; font-size: ${pt9}pt;
}
QHeaderView { background: $ground; border: none; }

QMenu {
  background: $surface; border: 1px solid $edge; border-radius: ${radius}px; padding: ${s4}px;
}
QMenu::item { padding: 5px 24px 5px ${s12}px; border-radius: ${s4}px; background: transparent; }
QMenu::item:selected { background: $accent_ground; color: $text; }
QMenu::item:disabled { color: $quiet; }
QMenu::icon { padding-left: ${s8}px; }
QMenu::separator { height: 1px; background: $line; margin: ${s4}px ${s8}px; }

QProgressBar {
  background: $line; border: none; border-radius: 3px; max-height: 6px; min-height: 6px;
  text-align: center; color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $edge; border-radius: ${s4}px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $quiet; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:hover { background: $accent; }
QTabBar::tab { background: transparent; color: $quiet; padding: ${s8}px ${s12}px; border: none;
  border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; font-weight: 600; }
QTabBar::tab:focus { color: $accent; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
""")


def style_sheet(tokens: Tokens, points: float, folder: str) -> str:
    """Qt style sheet of one palette with body text of `points`. folder: where draw_marks() put
    this palette's arrows, with forward slashes."""
    ratio = points / BASE_POINTS
    sizes = {f"pt{size}": f"{size * ratio:.2f}" for size in (9, 12, 15, 20)}
    colors = {
        name: getattr(tokens, name)
        for name in Tokens.__dataclass_fields__
        if name not in ("name", "dark")
    }
    return _SHEET.substitute(colors, **sizes, s4=S4, s8=S8, s12=S12, radius=RADIUS, folder=folder)


def draw_marks(tokens: Tokens, folder: Path) -> None:
    """Write the arrows and the tick that a style sheet can only take from files."""
    for mark, name, color in (
        ("up", "chevron-up", tokens.quiet),
        ("down", "chevron-down", tokens.quiet),
        ("check", "check", tokens.on_accent),
    ):
        (folder / f"{mark}.svg").write_text(svg(name, color), encoding="utf-8")
