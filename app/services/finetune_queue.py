"""Runs that begin by themselves when the trainer is free: kept with each run, so that the order is
the same after Loam was closed.
"""

from __future__ import annotations

import time

from app.core.errors import BadInput
from app.services.finetune import FinetuneService
from app.services.finetune_projects import ProjectService, TuneProject
from app.services.finetune_runs import RunState, TuneRun
from app.services.finetune_tuner import Tuner


class TuneQueue:
    """The queue of one profile. Errors of what writes: StoreError."""

    def __init__(self, tuner: Tuner, finetune: FinetuneService, projects: ProjectService) -> None:
        self._tuner = tuner
        self._finetune = finetune
        self._projects = projects

    def waiting(self) -> list[tuple[TuneProject, TuneRun]]:
        """What is in the queue, the first to begin first."""
        found = []
        for project in self._projects.all():
            run = self._tuner.run_of(project)
            if run is not None and run.queued:
                found.append((project, run))
        return sorted(found, key=lambda each: each[1].queued)

    def add(self, project_id: str) -> TuneProject:
        """Put a new run with the project's choices at the end; its data is kept as it is now.
        Errors: as Tuner.make."""
        project, run = self._tuner.make(project_id)
        self._finetune.change(run.id, queued=time.time())
        return project

    def add_again(self, project_id: str) -> TuneProject:
        """Put the project's run, which was paused, at the end. Errors: NotFound, BadInput when it
        is done or being trained."""
        project = self._projects.get(project_id)
        run = self._finetune.get(project.run_id)
        if run.state in (RunState.DONE, RunState.RUNNING):
            raise BadInput(problem=f"The run {run.id} has nothing to wait for.")
        self._finetune.change(run.id, queued=time.time())
        return project

    def remove(self, project_id: str) -> TuneProject:
        """Take the project's run out; one that never began is deleted. Errors: NotFound."""
        project = self._projects.get(project_id)
        run = self._finetune.change(project.run_id, queued=0.0)
        if run.state is RunState.WAITING:
            self._finetune.delete(run.id)
            project = self._projects.change(project_id, run_id="")
        return project

    def take_next(self) -> tuple[TuneProject, TuneRun] | None:
        """The first, which is in the queue no longer; None while a run is trained."""
        if self._finetune.training or self._finetune.closing:
            return None
        for project, run in self.waiting()[:1]:
            return project, self._finetune.change(run.id, queued=0.0)
        return None
