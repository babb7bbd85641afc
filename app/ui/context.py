"""What every page gets: the services and the few things that the whole window shares."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.ui.following import FolderFollower
from app.ui.memory import Memory
from app.ui.notices import Notices
from app.ui.shortcuts import Keys
from app.ui.tasks import Tasks
from app.ui.theme import ThemeKeeper

if TYPE_CHECKING:
    from app.services.assemble import Loam
    from app.ui.embedding import EmbeddingWork
    from app.ui.index_watch import IndexWatch


class Navigator(QObject):
    """How a page asks for something that another page does."""

    back_to = "chats"
    """The page that a document opened from elsewhere leads back to; set before open_document."""
    open_document = Signal(int, int, int)
    """File id, start and end offsets; 0, 0 opens it at its beginning."""
    show_page = Signal(str)
    pick_passage = Signal(object)
    """A passage shall be selected in a document for the question of an Autopsy."""
    passage_picked = Signal(object)
    """It was: an Expected; None: given up."""
    show_cases = Signal()
    """The test cases of the search."""
    cases_changed = Signal()
    new_chat = Signal(object)
    """A tuple of collection ids."""
    prepare_samples = Signal()
    """Index the sample documents, then open a chat with them and suggest questions. The window
    listens; the chat page answers to the new_chat and suggest_questions that follow."""
    suggest_questions = Signal(object)
    """A tuple of example questions for the chat just opened; a click on one asks it."""
    settings_changed = Signal(object)
    """The Settings after a change in the dialog."""
    library_changed = Signal()
    """Collections or their files changed."""
    file_changed = Signal(object)
    """A FileChanged of whatever reads documents, so that their rows say how far it is."""
    chat_opened = Signal(object)
    """The Chat in front, whose model the picker names; None for none."""
    model_chosen = Signal(str)
    """The path of a GGUF file picked for the chat in front; empty: the default one."""
    adapters_chosen = Signal(object)
    """A tuple of AdapterUse for the chat in front."""
    adapters_changed = Signal()
    """Adapters were trained, added, deleted or brought back."""
    try_adapter = Signal(str, object)
    """A new chat with this model and this AdapterUse is wanted."""
    load_settings_changed = Signal(str)
    """The model at this path is to be loaded otherwise than before."""
    model_event = Signal(object)
    """Progress of loading, or Loaded, from work that uses the model."""


@dataclass
class Context:
    """Everything that a page may use."""

    loam: Loam
    tasks: Tasks
    notices: Notices
    theme: ThemeKeeper
    navigator: Navigator
    memory: Memory
    keys: Keys
    folders: FolderFollower = field(init=False)

    @functools.cached_property
    def embedding(self) -> EmbeddingWork:
        """Made when the Documents page or Settings asks for it."""
        from app.ui.embedding import EmbeddingWork

        return EmbeddingWork(self)

    @functools.cached_property
    def index(self) -> IndexWatch:
        """Made when the Documents page or a search with an index elsewhere asks for it."""
        from app.ui.index_watch import IndexWatch

        return IndexWatch(self)

    def see_to_index(self) -> None:
        """Where the index lives on a server: see whether that is away."""
        if self.loam.settings.current.index_server:
            self.index.look()

    def __post_init__(self) -> None:
        self.folders = FolderFollower(self.loam, self.tasks, self.notices)
        self.folders.file_changed.connect(self.navigator.file_changed)
        self.folders.library_changed.connect(self.navigator.library_changed)
