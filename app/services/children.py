"""The child processes that services talk to, with what each is told at its start. They start with
the first request."""

from __future__ import annotations

from pathlib import Path

from app.core.paths import Profile, bundled_models
from app.core.process import WorkerProcess
from app.engine.config import EngineConfig
from app.services.engine_process import EngineProcess
from app.services.preferences import SettingsService

EMBEDDER = "all-MiniLM-L6-v2"


def engine_process(profile: Profile, state_gb: float | None = None) -> WorkerProcess:
    """The child that owns llama.cpp, and the way to models on servers; nothing is started yet.
    state_gb: how much evaluated chats may take on the disk; None: this child keeps none and leaves
    those of others alone."""
    states = None if state_gb is None else profile.states
    config = EngineConfig(
        profile.logs, states, round((state_gb or 0) * 1e9), profile.paces, profile.hashes
    )
    return EngineProcess(config, profile.logs, profile.models / "servers.json")


def retrieval_process(
    profile: Profile, folder: Path, settings: SettingsService | None = None
) -> WorkerProcess:
    """The child that owns the index in `folder`; not started yet. settings: of the person's own
    library, which say where its index by meaning lives; None: in the folder."""
    from app.retrieval.config import RetrievalConfig
    from app.services.index_place import RetrievalProcess, server

    config = RetrievalConfig(folder=folder, embedder=bundled_models() / EMBEDDER, logs=profile.logs)
    return RetrievalProcess(
        config, profile.logs, lambda: None if settings is None else server(settings.current)
    )


def training_process(profile: Profile) -> WorkerProcess:
    """The child that trains and measures adapters; not started yet."""
    from app.training.config import TrainingConfig

    config = TrainingConfig(logs=profile.logs, cache=profile.training_cache, hashes=profile.hashes)
    # A pause ends with the update that is being made, and then a checkpoint is written.
    return WorkerProcess("Training", "app.training.worker:Worker", config, profile.logs, grace=60.0)
