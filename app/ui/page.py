"""What a page of the window is. A module in app/ui/pages/ defines PAGE, its subclass of Page.

The module is imported when the window starts and the page built when it is first shown, so a
page module imports what is heavy inside its constructor only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.ui.context import Context

if TYPE_CHECKING:
    from app.ui.three_pane import ThreePane


class Page(QWidget):
    """One entry of the rail. title is an English source text, translated in context 'pages'."""

    key: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str]
    order: ClassVar[int]

    panes: ThreePane | None = None
    """The page's panes, when it has them: Ctrl+B shows and hides its list."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    @property
    def foot(self) -> int:
        """Height in pixels at the foot that must not be covered: where one writes."""
        return 0

    def shown(self) -> None:
        """The page came to the front."""

    def hidden(self) -> None:
        """The page went to the back."""

    def closing(self) -> None:
        """The window closes: begin what must still be done; tasks get three seconds."""

    def accept_paths(self, paths: Sequence[str]) -> bool:
        """Files were dropped while this page is shown; False lets the window see to it."""
        return False

    def accept_adapters(self, paths: Sequence[str]) -> bool:
        """Adapter files were dropped while this page is shown; as `accept_paths`."""
        return False

    def drop_hint(self, paths: Sequence[str]) -> str:
        """What would happen to these files, in words; empty when the page does not want them."""
        return ""

    def search(self) -> None:
        """Ctrl+K: put the cursor into the page's search field."""
