"""Builds the frame around fakes: a real profile, settings and chats; nothing that needs a child."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from PySide6.QtWidgets import QPushButton

from app.core.paths import Profile
from app.services import assemble
from app.ui.app import make_application, make_context
from app.ui.context import Context
from app.ui.notices import Notices
from app.ui.page import Page
from app.ui.pages.documents import DocumentsPage
from app.ui.pages.models import ModelsPage
from app.ui.window import Window
from tests.ui.frame_fakes import FakeLibrary, FakeModels


class ChatsStandIn(Page):
    """Stands where the Chats page is; remembers what it was asked for."""

    key = "chats"
    title = "Chats"
    icon = "messages-square"
    order = 10

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.opened: list[tuple[int, ...]] = []
        self.questions: list[tuple[str, ...]] = []
        context.navigator.new_chat.connect(self.opened.append)
        context.navigator.suggest_questions.connect(self.questions.append)


class Frame:
    """A window over fakes, and everything in it that a test may look at."""

    def __init__(self, profile: Profile, welcomed: bool = True) -> None:
        application = make_application()
        self.loam = assemble.build(profile)
        self.loam.settings.change(welcomed=welcomed)
        self.library = FakeLibrary()
        self.models = FakeModels()
        parts = cast("Any", self.loam)
        parts.library, parts.models = self.library, self.models
        self.notices = Notices()
        self.context = make_context(self.loam, self.notices, application)
        self.picker = QPushButton("Model")
        self.window = Window(self.context, (ChatsStandIn, DocumentsPage, ModelsPage), self.picker)

    @property
    def chats(self) -> ChatsStandIn:
        page = self.window.show_page("chats")
        assert isinstance(page, ChatsStandIn)
        return page

    @property
    def documents(self) -> DocumentsPage:
        page = self.window.show_page("documents")
        assert isinstance(page, DocumentsPage)
        return page

    @property
    def model_page(self) -> ModelsPage:
        page = self.window.show_page("models")
        assert isinstance(page, ModelsPage)
        return page


@contextmanager
def frame(profile: Profile, welcomed: bool = True) -> Iterator[Frame]:
    """A shown window, closed and taken apart at the end."""
    made = Frame(profile, welcomed)
    made.window.show()
    try:
        yield made
    finally:
        made.window.close()
        made.loam.close()
        made.window.deleteLater()
