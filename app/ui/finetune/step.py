"""What a step of the Fine-tune page is. A module in app/ui/finetune/steps/ defines STEP, its
subclass of Step; the page finds it by itself and orders the steps by `order`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.ui.context import Context

if TYPE_CHECKING:
    from app.services.finetune_projects import TuneProject


class Step(QWidget):
    """One of Model, Data, Train, Judge, Use. title is an English source text, translated in
    context 'pages'. A step shows the project that it was given last; what the person changes, it
    keeps through `context.loam.projects.change(...)` and then says `changed` with the result."""

    key: ClassVar[str]
    title: ClassVar[str]
    order: ClassVar[int]

    changed = Signal(object)
    """The TuneProject after a change; the page shows it to all steps."""
    go = Signal(str)
    """Asks the page for the step with this key."""
    state_changed = Signal()
    """What `state` says is different now."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.project: TuneProject | None = None

    def show_project(self, project: TuneProject) -> None:
        """Another project, or the same one after a change (of any step)."""
        self.project = project

    def state(self) -> str:
        """A word or two under the step's title in the step bar: '160 rows', 'Step 20 of 40'."""
        return ""

    def done(self) -> bool:
        """Whether this step has what the next one needs; a tick shows it."""
        return False

    def why_not(self) -> str:
        """Why the step can't be opened yet, for a person; empty when it can."""
        return ""

    def shown(self) -> None:
        """The step came to the front."""

    def hidden(self) -> None:
        """The step went to the back; what runs goes on."""

    def closing(self) -> None:
        """The window closes."""

    def accept_paths(self, paths: Sequence[str]) -> bool:
        """Files were dropped while this step is shown; False when it has no use for them."""
        return False

    def drop_hint(self, paths: Sequence[str]) -> str:
        """What would happen to these files, in words."""
        return ""
