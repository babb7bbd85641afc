"""The dialogs of the Models page: a name, a type to convert to, an access token."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QLabel,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from app.core.errors import LoamError
from app.core.types import ModelInfo
from app.services.hub import HubService
from app.services.model_files import converted_name
from app.ui import words
from app.ui.finetune.data.dialog import StepDialog
from app.ui.finetune.labels import text_label
from app.ui.models import facts
from app.ui.models.rows import named_button, say
from app.ui.notices import do_text, what_text
from app.ui.tasks import Tasks

_TYPES = {"F16": 16.0, "Q8_0": 8.5, "Q6_K": 6.6, "Q5_K_M": 5.7, "Q4_K_M": 4.9, "Q3_K_M": 3.9}
"""Types on offer and how many bits each takes for a number, on the average."""
_USUAL = "Q4_K_M"
_SMALL = 1_000_000_000
_SMALL_MORE = 1.25
"""Small models keep more of themselves in finer types: their rows don't fit the coarse ones."""


class RenameDialog(StepDialog):
    """`field` has the title."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self.say(
            self.tr("Rename the model"),
            self.tr("Only Loam calls it so; the file keeps its name. Empty: its own name again."),
            self.tr("Rename"),
        )
        self.field = QLineEdit(name)
        self.field.setAccessibleName(self.tr("Name of the model"))
        self.field.setMaxLength(120)
        self.field.selectAll()
        self.body.addWidget(self.field)
        self.field.setFocus()
        _fit(self, 420)


class ConvertDialog(StepDialog):
    """`type_name` is the type chosen. folder: where converted models go."""

    def __init__(self, parent: QWidget, info: ModelInfo, folder: Path) -> None:
        super().__init__(parent)
        self.say(
            self.tr("Convert {name}").replace("{name}", info.name),
            self.tr(
                "A smaller type needs less memory and answers faster, a larger one answers more "
                "truly. The file that you have stays; the new one goes to Loam's own models. Both "
                "are measured, so that you see what it costs."
            ),
            self.tr("Convert"),
        )
        self._group = QButtonGroup(self)
        for name, bits in _TYPES.items():
            if name == info.quantization.upper():
                continue
            text = facts.quality(name)
            if info.parameters:
                text = self.tr("{quality}, about {size}").replace("{quality}", text)
                text = text.replace("{size}", words.size(_size(info.parameters, name, bits)))
            taken = (folder / converted_name(Path(info.path), name)).exists()
            if taken:
                text += "  ·  " + self.tr("there already")
            button = QRadioButton(text)
            button.setAccessibleName(text)
            button.setProperty("type_name", name)
            button.setEnabled(not taken)
            self._group.addButton(button)
            self.body.addWidget(button)
        open_ones = [each for each in self._group.buttons() if each.isEnabled()]
        usual = [each for each in open_ones if each.property("type_name") == _USUAL]
        for first in (usual or open_ones)[:1]:
            first.setChecked(True)
        self.ok_button.setEnabled(bool(open_ones))
        note = self.tr("Going to a type that is larger than the one you have makes nothing better.")
        self.body.addWidget(text_label(note, "hint"))
        _fit(self, 460)

    @property
    def types(self) -> list[QAbstractButton]:
        """One button a type."""
        return self._group.buttons()

    @property
    def type_name(self) -> str:
        """'Q4_K_M'."""
        chosen = self._group.checkedButton()
        return str(chosen.property("type_name")) if chosen is not None else ""


class TokenDialog(StepDialog):
    """Keeps an access token in the system's keyring; one that can't be kept is told of here."""

    def __init__(self, parent: QWidget, hub: HubService, tasks: Tasks, host: str) -> None:
        super().__init__(parent)
        self._hub, self._tasks = hub, tasks
        self.say(
            self.tr("Access token"),
            self.tr(
                "Some models on {host} are only given to people who accepted their terms there. "
                "A token shows that it is you. Loam keeps it in this system's keyring, never in "
                "a file, and sends it to {host} only."
            ).replace("{host}", host),
            self.tr("Save"),
        )
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(self.tr("Access token"))
        self.field.setPlaceholderText("hf_…")
        self.field.textChanged.connect(self._look)
        self.body.addWidget(self.field)
        self.state: QLabel = text_label(self.tr("Looking into the keyring"), "hint")
        self.body.addWidget(self.state)
        self.ok_button.clicked.disconnect()
        self.ok_button.clicked.connect(lambda: self._keep(self.field.text().strip()))
        self.forget_button = named_button(self.tr("Forget the token"), "quiet", "")
        self.forget_button.setAutoDefault(False)
        self.feet.insertWidget(0, self.forget_button)
        self.forget_button.clicked.connect(lambda: self._keep(""))
        self.forget_button.hide()
        self._look()
        self.field.setFocus()
        _fit(self, 480)
        # The keyring may wait for the person to unlock it.
        tasks.call(lambda: bool(hub.token()), self._tell)

    def _look(self) -> None:
        self.ok_button.setEnabled(bool(self.field.text().strip()))

    def _tell(self, kept: bool) -> None:
        text = self.tr("A token is kept.") if kept else self.tr("No token is kept.")
        say(self.state, text, "hint")
        self.forget_button.setVisible(kept)

    def _keep(self, token: str) -> None:
        self.ok_button.setEnabled(False)
        say(self.state, self.tr("Asking the keyring"), "hint")

        def failed(error: LoamError) -> None:
            self._look()
            say(self.state, f"{what_text(error)} {do_text(error)}".strip(), "danger-text")

        self._tasks.call(
            lambda: self._hub.set_token(token), lambda _none: self.accept(), on_error=failed
        )


def _size(parameters: int, name: str, bits: float) -> int:
    small = parameters < _SMALL and "_K" in name
    return round(parameters * bits / 8 * (_SMALL_MORE if small else 1))


def _fit(dialog: StepDialog, width: int) -> None:
    """As wide as asked, and as high as its lines are at that width."""
    dialog.body.addStretch(1)
    layout = dialog.layout()
    assert layout is not None
    dialog.ensurePolished()
    wide = max(width, layout.minimumSize().width())
    dialog.setMinimumWidth(wide)
    dialog.resize(wide, layout.totalHeightForWidth(wide))
