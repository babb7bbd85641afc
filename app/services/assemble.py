"""The only place where parts are wired together."""

from __future__ import annotations

from pathlib import Path

from app.core.errors import LoamError
from app.core.paths import Profile, bundled_models
from app.core.process import WorkerProcess
from app.engine.config import EngineConfig
from app.retrieval.config import RetrievalConfig
from app.services.adapters import AdapterService
from app.services.answering import Answering
from app.services.chat import ChatService
from app.services.dataset.service import DatasetService
from app.services.device_plan import DevicePlans
from app.services.downloads import DownloadService
from app.services.finetune import FinetuneService
from app.services.finetune_judging import JudgeService
from app.services.finetune_merging import MergeService
from app.services.finetune_projects import ProjectService
from app.services.finetune_tuner import Tuner
from app.services.hub import HubService
from app.services.library import LibraryService, picture_languages
from app.services.model_files import ModelFiles
from app.services.models import ModelService
from app.services.engine_process import EngineProcess
from app.services.preferences import SettingsService
from app.services.store.chats import ChatStore
from app.training.config import TrainingConfig

EMBEDDER = "all-MiniLM-L6-v2"


def engine_process(profile: Profile, state_gb: float | None = None) -> WorkerProcess:
    """The child that owns llama.cpp, and the way to models on servers; nothing is started yet.
    state_gb: how much evaluated chats may take on the disk; None: this child keeps none and leaves
    those of others alone."""
    states = None if state_gb is None else profile.states
    config = EngineConfig(profile.logs, states, round((state_gb or 0) * 1e9))
    return EngineProcess(config, profile.logs, profile.models / "servers.json")


def retrieval_process(profile: Profile, folder: Path) -> WorkerProcess:
    """The child that owns the index in `folder`; not started yet."""
    config = RetrievalConfig(folder=folder, embedder=bundled_models() / EMBEDDER, logs=profile.logs)
    return WorkerProcess(
        "The document index", "app.retrieval.worker:Worker", config, profile.logs, grace=15.0
    )


def training_process(profile: Profile) -> WorkerProcess:
    """The child that trains and measures adapters; not started yet."""
    config = TrainingConfig(logs=profile.logs, cache=profile.training_cache)
    # A pause ends with the update that is being made, and then a checkpoint is written.
    return WorkerProcess("Training", "app.training.worker:Worker", config, profile.logs, grace=60.0)


class Loam:
    """All services over one profile. Nothing heavy has started when the constructor returns.

    Errors: StoreTooNew, StoreError, OSError when the profile's folder can't be made.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile.create()
        self.settings = SettingsService(profile.settings)
        self._store = ChatStore(profile.chats)
        self.engine = engine_process(profile, self.settings.current.saved_chats_gb)
        self.retrieval = retrieval_process(profile, profile.library)
        self.library = LibraryService(
            self.retrieval, lambda: picture_languages(self.settings.current.picture_languages)
        )
        self.models = ModelService(self.engine, self.settings, profile.models)
        self.model_files = ModelFiles(self.models, self.engine, profile.models)
        self.plans = DevicePlans(self.engine)
        self.hub = HubService(self.settings, profile.logs)
        self.downloads = DownloadService(self.hub, profile.models)
        self.answering = Answering(self.engine, self.library)
        self.chats = ChatService(
            self._store, self.engine, self.answering, self.models, self.settings
        )
        self.training = training_process(profile)
        self.finetune = FinetuneService(self.training, profile.runs)
        self.adapters = AdapterService(profile.adapters, self.finetune)
        # Processes of their own, so that judging and merging wait for no training.
        self._judging = training_process(profile)
        self._merging = training_process(profile)
        self.judge = JudgeService(self._judging, self.engine, self.finetune, self.adapters)
        self.merging = MergeService(self._merging, profile.models)
        self.datasets = DatasetService(profile)
        self.projects = ProjectService(profile.projects)
        self.tuner = Tuner(
            self.finetune,
            self.projects,
            self.datasets,
            self.models,
            self.engine,
            profile.adapters,
        )
        self.notices: list[LoamError] = [
            *self.settings.problems,
            *self._store.problems,
            *self.datasets.problems,
        ]

    def close(self) -> None:
        """End the children and close the files; at most a few seconds."""
        self.engine.close()
        self.retrieval.close()
        self.training.close()
        self._judging.close()
        self._merging.close()
        self.datasets.close()
        self._store.close()


def build(profile: Profile) -> Loam:
    """Wire everything together over a profile."""
    return Loam(profile)
