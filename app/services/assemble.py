"""The only place where services are wired together.

A service is imported and made when it is first asked for: the window asks for three of them
before its first frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.errors import LoamError
from app.core.lazy import on_first_use
from app.core.paths import Profile
from app.core.process import WorkerProcess
from app.services.children import engine_process, retrieval_process, training_process
from app.services.preferences import SettingsService, picture_languages
from app.services.store.chats import ChatStore

if TYPE_CHECKING:
    from app.services.adapters import AdapterService
    from app.services.answering import Answering
    from app.services.autopsy import AutopsyService
    from app.services.cases import CaseService
    from app.services.chat import ChatService
    from app.services.dataset.service import DatasetService
    from app.services.device_plan import DevicePlans
    from app.services.downloads import DownloadService
    from app.services.embedding import EmbedderService
    from app.services.everything.service import Everything
    from app.services.finetune import FinetuneService
    from app.services.finetune_judging import JudgeService
    from app.services.finetune_merging import MergeService
    from app.services.finetune_projects import ProjectService
    from app.services.finetune_queue import TuneQueue
    from app.services.finetune_tuner import Tuner
    from app.services.gallery import Gallery
    from app.services.hub import HubService
    from app.services.hub_shapes import HubShapes
    from app.services.index_place import IndexPlace
    from app.services.library import LibraryService
    from app.services.model_files import ModelFiles
    from app.services.models import ModelService
    from app.services.notes import NoteService
    from app.services.reranking import RerankerService

_CLOSED = ("retrieval", "training", "_judging", "_merging", "datasets", "everything", "gallery")


class Loam:
    """All services over one profile. Nothing heavy has started when the constructor returns.

    Errors: StoreTooNew, StoreError, OSError when the profile's folder can't be made; of a service
    that opens a file of its own (datasets) when it is first asked for.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile.create()
        self.settings = SettingsService(profile.settings)
        self._store = ChatStore(profile.chats)
        self.engine = engine_process(profile, self.settings.current.saved_chats_gb)
        self.notices: list[LoamError] = [*self.settings.problems, *self._store.problems]

    # --- chats, documents and models -----------------------------------------------------------

    @on_first_use
    def retrieval(self) -> WorkerProcess:
        return retrieval_process(self.profile, self.profile.library, self.settings)

    @on_first_use
    def library(self) -> LibraryService:
        from app.services.library import LibraryService

        return LibraryService(
            self.retrieval,
            lambda: picture_languages(self.settings.current.picture_languages),
            lambda: self.settings.current.reranker,
        )

    @on_first_use
    def notes(self) -> NoteService:
        from app.services.notes import NoteService

        return NoteService(self.profile.library, self.library)

    @on_first_use
    def index_place(self) -> IndexPlace:
        from app.services.index_place import IndexPlace

        return IndexPlace(self.retrieval, self.settings)

    @on_first_use
    def embedding(self) -> EmbedderService:
        from app.services.embedding import EmbedderService

        return EmbedderService(self.retrieval, self.settings)

    @on_first_use
    def reranking(self) -> RerankerService:
        from app.services.reranking import RerankerService

        return RerankerService(self.retrieval, self.settings)

    @on_first_use
    def answering(self) -> Answering:
        from app.services.answering import Answering

        return Answering(self.engine, self.library)

    @on_first_use
    def everything(self) -> Everything:
        from app.services.everything.service import Everything

        return Everything(self.engine, self.library, self.answering, self.profile.replies)

    @on_first_use
    def autopsies(self) -> AutopsyService:
        from app.services.autopsy import AutopsyService

        return AutopsyService(self._store, self.library)

    @on_first_use
    def cases(self) -> CaseService:
        from app.services.cases import CaseService
        from app.services.store.cases import CaseStore

        return CaseService(CaseStore(self._store.database), self.library, self.settings)

    @on_first_use
    def chats(self) -> ChatService:
        from app.services.chat import ChatService

        return ChatService(
            self._store,
            self.engine,
            lambda: self.everything,
            self.models,
            self.settings,
            lambda: self.gallery,
        )

    @on_first_use
    def gallery(self) -> Gallery:
        from app.services.gallery import Gallery

        return Gallery(self.profile.pictures, self.profile.logs)

    @on_first_use
    def models(self) -> ModelService:
        from app.services.models import ModelService

        return ModelService(self.engine, self.settings, self.profile.models)

    @on_first_use
    def model_files(self) -> ModelFiles:
        from app.services.model_files import ModelFiles

        return ModelFiles(self.models, self.engine, self.profile.models)

    @on_first_use
    def plans(self) -> DevicePlans:
        from app.services.device_plan import DevicePlans

        return DevicePlans(self.engine)

    @on_first_use
    def hub(self) -> HubService:
        from app.services.hub import HubService

        return HubService(self.settings, self.profile.logs)

    @on_first_use
    def hub_shapes(self) -> HubShapes:
        from app.services.hub_shapes import HubShapes

        return HubShapes(self.hub)

    @on_first_use
    def downloads(self) -> DownloadService:
        from app.services.downloads import DownloadService

        return DownloadService(self.hub, self.profile.models)

    # --- training ------------------------------------------------------------------------------

    @on_first_use
    def training(self) -> WorkerProcess:
        return training_process(self.profile)

    @on_first_use
    def _judging(self) -> WorkerProcess:
        # Processes of their own, so that judging and merging wait for no training.
        return training_process(self.profile)

    @on_first_use
    def _merging(self) -> WorkerProcess:
        return training_process(self.profile)

    @on_first_use
    def finetune(self) -> FinetuneService:
        from app.services.finetune import FinetuneService

        return FinetuneService(self.training, self.profile.runs)

    @on_first_use
    def adapters(self) -> AdapterService:
        from app.services.adapters import AdapterService

        return AdapterService(self.profile.adapters, self.finetune, self.profile.hashes)

    @on_first_use
    def judge(self) -> JudgeService:
        from app.services.finetune_judging import JudgeService

        return JudgeService(self._judging, self.engine, self.finetune, self.adapters)

    @on_first_use
    def merging(self) -> MergeService:
        from app.services.finetune_merging import MergeService

        return MergeService(self._merging, self.profile.models)

    @on_first_use
    def datasets(self) -> DatasetService:
        from app.services.dataset.service import DatasetService

        return DatasetService(self.profile)

    @on_first_use
    def projects(self) -> ProjectService:
        from app.services.finetune_projects import ProjectService

        return ProjectService(self.profile.projects)

    @on_first_use
    def tuner(self) -> Tuner:
        from app.services.finetune_tuner import Tuner

        return Tuner(
            self.finetune,
            self.projects,
            self.datasets,
            self.models,
            self.engine,
            self.profile.adapters,
        )

    @on_first_use
    def tune_queue(self) -> TuneQueue:
        from app.services.finetune_queue import TuneQueue

        return TuneQueue(self.tuner, self.finetune, self.projects)

    def close(self) -> None:
        """End the children and close the files; at most a few seconds."""
        self.engine.close()
        for name in _CLOSED:
            if (made := self.__dict__.get(name)) is not None:
                made.close()
        self._store.close()


def build(profile: Profile) -> Loam:
    """Wire everything together over a profile."""
    return Loam(profile)
