"""The settings, generated from their declaration. A change counts at once; nothing to confirm."""

from __future__ import annotations

from dataclasses import fields

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.declared import Section, Shown, declarations
from app.core.errors import LoamError
from app.core.settings import Settings
from app.ui.context import Context
from app.ui.icons import icon
from app.ui.notices import do_text, what_text
from app.ui.sections import SectionsDialog
from app.ui.setting_fields import SettingField, field_for
from app.ui.tokens import S4, S8, S12, S24

_SIZE = (720, 560)
_ASIDE = 190
_DEFAULTS = {each.name: each.default for each in fields(Settings)}


class SettingsDialog(SectionsDialog):
    """Sections at the left, their settings at the right."""

    shortcuts_asked = Signal()
    help_asked = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, parent, _SIZE)
        self._context = context
        self.setWindowTitle(self.tr("Settings"))
        self.rows: dict[str, SettingRow] = {}
        by_section: dict[Section, list[tuple[str, Shown]]] = {}
        for name, shown in declarations(Settings).items():
            by_section.setdefault(shown.section, []).append((name, shown))
        for section, settings in by_section.items():
            self.sections.addItem(QCoreApplication.translate("settings", section.value))
            self.pages.addWidget(self._page(section, settings))
        self.sections.setCurrentRow(0)
        self.problem = QLabel()
        self.problem.setProperty("kind", "danger-text")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setWordWrap(True)
        self.problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        keys = QPushButton(self.tr("Keyboard shortcuts"))
        keys.clicked.connect(self._ask_for_shortcuts)
        help_link = QPushButton(self.tr("Help and about"))
        help_link.clicked.connect(self._ask_for_help)
        self.lay_out(_ASIDE, (keys, help_link), self.problem)

    def done(self, result: int) -> None:
        for row in self.rows.values():
            row.field.commit()
        super().done(result)

    def _ask_for_help(self) -> None:
        self.accept()
        self.help_asked.emit()

    def _ask_for_shortcuts(self) -> None:
        self.accept()
        self.shortcuts_asked.emit()

    def _page(self, section: Section, settings: list[tuple[str, Shown]]) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        # At the right S24 with the scroll bar, which the style makes S12 wide.
        column.setContentsMargins(S24, S24, S12, S8)
        column.setSpacing(S24)
        heading = QLabel(QCoreApplication.translate("settings", section.value))
        heading.setProperty("kind", "title")
        column.addWidget(heading)
        for name, shown in settings:
            row = SettingRow(name, shown, self._context)
            row.changed.connect(self._change)
            self.rows[name] = row
            column.addWidget(row)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        # Always there, its handle only when there is a way to go: all pages end at one edge.
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        bar = area.verticalScrollBar()
        bar.rangeChanged.connect(lambda low, high: bar.setEnabled(high > low))
        bar.setEnabled(False)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        return area

    def _change(self, name: str, value: object) -> None:
        settings = self._context.loam.settings
        if getattr(settings.current, name) == value:
            self.rows[name].show_value(value)
            return
        try:
            now = settings.change(**{name: value})
        except LoamError as error:
            self.problem.setText(f"{what_text(error)} {do_text(error)}")
            self.rows[name].show_value(getattr(settings.current, name))
            return
        self.problem.clear()
        self.rows[name].show_value(value)
        self._context.theme.apply(now)
        self._context.navigator.settings_changed.emit(now)


def _field(context: Context, value: object, shown: Shown, label: str) -> SettingField:
    """The field that suits a setting's value, or what it offers to tick."""
    if shown.offers == "picture languages":
        from app.ui.language_field import LanguageField

        return LanguageField(context, label)
    if shown.offers == "models":
        from app.ui.model_field import ModelField

        return ModelField(context, label)
    if shown.offers == "reranker":
        from app.ui.reranker_field import RerankerField

        return RerankerField(context, label)
    if shown.offers == "index server":
        from app.ui.index_field import IndexField

        return IndexField(context, label)
    if shown.offers == "embedding models":
        from app.ui.embedding_field import EmbeddingField

        return EmbeddingField(context, label)
    return field_for(value, shown, label)


class SettingRow(QWidget):
    """One setting: its name, its field, what it means, and back to the default."""

    changed = Signal(str, object)

    def __init__(self, name: str, shown: Shown, context: Context) -> None:
        super().__init__()
        self._name = name
        label = QCoreApplication.translate("settings", shown.label)
        meaning = QCoreApplication.translate("settings", shown.help)
        value = getattr(context.loam.settings.current, name)
        self.field: SettingField = _field(context, value, shown, label)
        self.field.changed.connect(lambda value: self.changed.emit(name, value))
        self.reset = QToolButton()
        self.reset.setProperty("kind", "icon")
        self.reset.setIcon(icon("rotate-ccw", context.theme.tokens.quiet, 16))
        self.reset.setToolTip(self.tr("Back to the default"))
        self.reset.setAccessibleName(
            self.tr("{name}: back to the default").replace("{name}", label)
        )
        self.reset.clicked.connect(lambda: self.changed.emit(name, _DEFAULTS[name]))
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)

        title = QLabel("" if self.field.titled else label)
        title.setProperty("kind", "strong")
        title.setBuddy(self.field.widget)
        help_text = QLabel(meaning)
        help_text.setProperty("kind", "hint")
        help_text.setWordWrap(True)
        self.field.widget.setAccessibleDescription(meaning)

        head = QHBoxLayout()
        head.setSpacing(S8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S4)
        layout.addLayout(head)
        head.addWidget(self.field.widget if self.field.titled else title)
        head.addStretch(1)
        if self.field.wide:
            head.addWidget(self.reset)
            layout.addWidget(self.field.widget)
        else:
            # The fields end where those that take the whole width do.
            head.addWidget(self.reset)
            if not self.field.titled:
                head.addWidget(self.field.widget)
        layout.addWidget(help_text)
        self.show_value(value)

    def show_value(self, value: object) -> None:
        """Bring the field to a value without telling it as a change."""
        self.field.show_value(value)
        self.reset.setVisible(self.field.resets and value != _DEFAULTS[self._name])
