"""Fine-tune projects at work: from what a person chose to a run, from a run to its adapter.

Everything is on disk before it is said: the run before its first update, the project's run and
adapter as soon as there are some.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadInput, Cancelled, ChildDied, LoamError, NotFound
from app.core.messages import Prepared, Progress, Step, Trainability, Trained
from app.core.process import Cancel, WorkerProcess
from app.core.tuning import MEASURE_TEN_TIMES
from app.core.types import BEST, LAST
from app.services.dataset.service import DatasetService
from app.services.dataset.types import TrainingData
from app.services.finetune import FinetuneService, TunePlan
from app.services.finetune_projects import ProjectService, TuneProject
from app.services.finetune_room import Readiness, held_by, readiness
from app.services.finetune_runs import RunState, TuneRun
from app.services.models import ModelService

_SHORTEST, _LONGEST = 256, 1024  # tokens at once while the context is left open
_LETTERS_A_TOKEN = 3.0
_GENTLER = 0.5


@dataclass(frozen=True, slots=True)
class ProjectChanged:
    """The project got a run or an adapter; it is kept already."""

    project: TuneProject


@dataclass(frozen=True, slots=True)
class Unloaded:
    """The chat model was unloaded to make room; its next answer loads it again."""

    model: str


class Tuner:
    """Trains for the projects of one profile. folder: where adapters go."""

    def __init__(
        self,
        finetune: FinetuneService,
        projects: ProjectService,
        datasets: DatasetService,
        models: ModelService,
        engine: WorkerProcess,
        folder: Path,
    ) -> None:
        self._finetune = finetune
        self._projects = projects
        self._datasets = datasets
        self._models = models
        self._engine = engine
        self._folder = folder

    def run_of(self, project: TuneProject) -> TuneRun | None:
        """The project's run; None when there is none, or it is gone."""
        if not project.run_id:
            return None
        try:
            return self._finetune.get(project.run_id)
        except NotFound:
            return None

    def waiting(self) -> list[tuple[TuneProject, TuneRun]]:
        """Projects whose run was broken off, by the end of Loam or worse, and can go on."""
        found = []
        for project in self._projects.all():
            run = self.run_of(project)
            if run and (run.state is RunState.INTERRUPTED or run.closed):
                found.append((project, run))
        return found

    def training_now(self) -> TuneProject | None:
        """The project whose run is being trained in this process."""
        now = self._finetune.training
        return next((each for each in self._projects.all() if now and each.run_id == now), None)

    def data(self, project: TuneProject) -> TrainingData:
        """What the project learns from. Errors: BadInput when there is nothing, NotFound."""
        if not project.dataset_id:
            raise BadInput(problem="Choose what to learn from first, under Data.")
        data = self._datasets.training(project.dataset_id)
        if not data.train:
            raise BadInput(problem="The dataset has no row that may be learnt from yet.")
        return data

    def readiness(self, project: TuneProject, cancel: Cancel | None = None) -> Readiness:
        """Whether the project's model can be trained here. Errors: as FinetuneService.check."""
        context = project.hyper.context or self._needed_context(project)

        def check(freed: int) -> Trainability:
            return self._finetune.check(
                project.model, context, project.hyper.rank, cancel, freed, project.hyper.targets
            )

        loaded = self._models.loaded()
        return readiness(
            check, context, loaded.info.path if loaded else "", held_by(self._engine.pid)
        )

    def make(self, project_id: str) -> tuple[TuneProject, TuneRun]:
        """A new run with the project's choices, which is not begun. Errors: as `data`,
        FinetuneService.create; BadInput without a model."""
        project = self._projects.get(project_id)
        data = self.data(project)
        if not project.model:
            raise BadInput(problem="Choose a model first.")
        run = self._finetune.create(self._plan(project, data))
        return self._projects.change(project_id, run_id=run.id), run

    def begin(self, project_id: str, cancel: Cancel | None = None) -> Iterator[object]:
        """A new run with the project's choices: ProjectChanged, perhaps Unloaded, then as
        FinetuneService.train with a Progress after each update. A run that could not begin at all
        is removed again. Errors: as `data`, FinetuneService.create and train."""
        before = self._projects.get(project_id)
        self._finetune.refuse_if_training()
        yield Progress("Reading the rows", 0, 0)
        project, run = self.make(project_id)
        yield ProjectChanged(project)
        try:
            yield from self._train(project_id, run, cancel)
        except (ChildDied, Cancelled):
            raise
        except LoamError:
            if not self._finetune.get(run.id).steps:
                # It never began, and could only fail again in the same way.
                self._finetune.delete(run.id)
                yield ProjectChanged(self._projects.change(project_id, run_id=before.run_id))
            raise

    def go_on(
        self, project_id: str, cancel: Cancel | None = None, gentler: bool = False
    ) -> Iterator[object]:
        """Go on with the project's run. gentler: at half the learning rate, after it came apart.
        Events as `begin`. Errors: NotFound, as FinetuneService.train."""
        run = self._finetune.get(self._projects.get(project_id).run_id)
        self._finetune.refuse_if_training()
        if gentler:
            run = self._finetune.slow_down(run.id, _GENTLER)
        yield from self._train(project_id, run, cancel)

    def keep(self, project_id: str, cancel: Cancel | None = None) -> Iterator[object]:
        """Write the adapter as it stands at the last checkpoint; the run is done then. Events as
        `begin`. Errors: NotFound, as FinetuneService.keep."""
        run = self._finetune.get(self._projects.get(project_id).run_id)
        yield from self._to_adapter(project_id, self._finetune.keep(run.id, cancel))

    def let_go(self, project_id: str) -> tuple[TuneProject, str]:
        """(project without its run, id of that run). `take_back` undoes it until the run is
        deleted by FinetuneService.delete. Errors: NotFound, BadInput while it is trained."""
        project = self._projects.get(project_id)
        if project.run_id and self._finetune.training == project.run_id:
            raise BadInput(problem="The run is being trained; pause it first.")
        return self._projects.change(project_id, run_id=""), project.run_id

    def take_back(self, project_id: str, run_id: str) -> TuneProject:
        """Undo `let_go`, unless the project has another run by now. Errors: NotFound."""
        project = self._projects.get(project_id)
        if project.run_id:
            return project
        return self._projects.change(project_id, run_id=run_id)

    # --- a run ----------------------------------------------------------------------------------

    def _train(self, project_id: str, run: TuneRun, cancel: Cancel | None) -> Iterator[object]:
        yield from self._make_room(project_id, run, cancel)
        yield from self._to_adapter(project_id, self._finetune.train(run.id, cancel))

    def _to_adapter(self, project_id: str, events: Iterator[object]) -> Iterator[object]:
        for event in events:
            yield event
            if isinstance(event, Prepared):
                yield Progress("Training", event.first_step, event.steps, "updates")
            elif isinstance(event, Step):
                yield Progress("Training", event.step, event.steps, "updates")
            elif isinstance(event, Trained):
                yield ProjectChanged(self._projects.change(project_id, adapter=event.path))

    def _make_room(self, project_id: str, run: TuneRun, cancel: Cancel | None) -> Iterator[object]:
        """Unload the chat model when the run needs its memory."""
        if self._models.loaded() is None:
            return
        yield Progress("Checking the memory", 0, 0)
        project = dataclasses.replace(
            self._projects.get(project_id), model=run.model, hyper=run.hyper
        )
        found = self.readiness(project, cancel)
        if found.unload:
            self._engine.rest()
            yield Unloaded(found.chat_model)

    def _plan(self, project: TuneProject, data: TrainingData) -> TunePlan:
        name = self._datasets.get(project.dataset_id).name
        return TunePlan(
            model=project.model,
            adapter=str(self._free(project.name)),
            rows=data.train,
            validation=data.validation,
            hyper=project.hyper,
            data=name,
            validate_every=MEASURE_TEN_TIMES,
            keep=BEST if data.validation else LAST,
            notes=json.dumps({**data.notes, "project": project.name}, ensure_ascii=False),
        )

    def _free(self, name: str) -> Path:
        """A file in the folder that neither exists nor is the goal of another run."""
        stem = re.sub(r'[<>:"/\\|?*\x00-\x1f]', " ", name).strip(" .") or "adapter"
        taken = {run.adapter for run in self._finetune.runs()}
        number, target = 1, self._folder / f"{stem}.gguf"
        while target.exists() or str(target) in taken:
            number += 1
            target = self._folder / f"{stem} {number}.gguf"
        with contextlib.suppress(OSError):
            # What writes there says so if it can't be made.
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return target

    def _needed_context(self, project: TuneProject) -> int:
        """About what the longest row needs, told by its letters."""
        try:
            data = self.data(project)
        except LoamError:
            return _SHORTEST
        longest = max(sum(len(content) for _role, content in row.turns) for row in (*data.train,))
        return min(_LONGEST, max(_SHORTEST, round(longest / _LETTERS_A_TOKEN)))
