"""Step 3, Train: how thoroughly, then the run, which goes on while something else is in front."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from app.core.errors import Cancelled, LoamError
from app.core.messages import Prepared, Trained
from app.core.process import Cancel
from app.ui import words
from app.ui.context import Context
from app.ui.deferred import Deferred
from app.ui.finetune.step import Step
from app.ui.tasks import Task

if TYPE_CHECKING:
    from app.core.types import HyperParameters
    from app.services.finetune_projects import TuneProject
    from app.services.finetune_runs import TuneRun
    from app.ui.finetune.train.watch import Watch

_DRAW_MS = 200  # a fast run makes hundreds of updates a second


class TrainStep(Step):
    """`watch` is the run at work, of whichever project, None when there is none; `task` its
    work."""

    key = "train"
    title = "Train"
    order = 30

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        from app.ui.finetune.train.run_view import RunView
        from app.ui.finetune.train.setup_view import SetupView

        loam = context.loam
        self._tuner, self._projects, self._finetune = loam.tuner, loam.projects, loam.finetune
        self.watch: Watch | None = None
        self.task: Task | None = None
        self._run: TuneRun | None = None
        self._kept: Watch | None = None
        self._rows = (0, 0)
        self._again = ""
        self._errors: dict[str, LoamError] = {}
        self._deferred = Deferred(context.notices, self)
        self.setup = SetupView(context.theme)
        self.view = RunView(context.theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.setup)
        self._stack.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._later = QTimer(self, singleShot=True, interval=_DRAW_MS)
        self._later.timeout.connect(self._draw_live)
        self.setup.changed.connect(self._choose)
        self.setup.start_asked.connect(self.start)
        self.view.pause_asked.connect(self.pause)
        self.view.resume_asked.connect(self.resume)
        self.view.gentler_asked.connect(lambda: self.resume(gentler=True))
        self.view.keep_asked.connect(self.keep)
        self.view.discard_asked.connect(self.discard)
        self.view.judge_asked.connect(lambda: self.go.emit("judge"))
        self.view.again_asked.connect(self._train_again)

    # --- as a step ------------------------------------------------------------------------------

    def show_project(self, project: TuneProject) -> None:
        before = self.project
        super().show_project(project)
        if before is None or before.id != project.id:
            self._again = ""
            self.setup.say("")
        if before is None or before.dataset_id != project.dataset_id or before.id != project.id:
            self._count()
        self._read()

    def state(self) -> str:
        from app.ui.finetune.train import run_words

        return run_words.short(self._run, self._mine())

    def done(self) -> bool:
        return bool(self.project and self.project.adapter) and self._mine() is None

    def why_not(self) -> str:
        if self.project is None or self._run is not None:
            return ""
        if not self.project.model:
            return self.tr("Choose a model first.")
        if not self._rows[0]:
            return self.tr("Choose what to learn from first, under Data.")
        return ""

    def shown(self) -> None:
        self._count()
        self._read()

    def closing(self) -> None:
        self._finetune.closing = True
        self._deferred.commit_all()

    # --- what a person does -----------------------------------------------------------------------

    def start(self) -> None:
        """Begin a run with the project's settings."""
        if self.project is None or self._refused():
            return
        project_id = self.project.id
        self._work(lambda cancel: self._tuner.begin(project_id, cancel))

    def resume(self, gentler: bool = False) -> None:
        """Go on with the project's run."""
        if self.project is None or self._refused():
            return
        project_id = self.project.id
        self._work(lambda cancel: self._tuner.go_on(project_id, cancel, gentler))

    def pause(self) -> None:
        """Stop the run at a checkpoint."""
        if self.watch is not None and self.task is not None:
            self.watch.pausing = True
            self.task.cancel()
            self._draw_live()

    def keep(self) -> None:
        """Make the adapter of what was learnt; a run at work is paused first."""
        mine = self._mine()
        if mine is not None:
            mine.keep_after = True
            self.pause()
        elif self.project is not None and not self._refused():
            project_id = self.project.id
            self._work(lambda cancel: self._tuner.keep(project_id, cancel), writing=True)

    def discard(self) -> None:
        """Delete the project's run; it can be taken back while the toast is shown."""
        if self.project is None:
            return
        try:
            project, run_id = self._tuner.let_go(self.project.id)
        except LoamError as error:
            self.context.notices.show(error)
            return
        self._errors.pop(project.id, None)

        def undo() -> None:
            try:
                self._changed(self._tuner.take_back(project.id, run_id))
            except LoamError as error:
                self.context.notices.show(error)

        def commit() -> None:
            try:
                self._finetune.delete(run_id)
            except LoamError as error:
                self.context.notices.show(error)

        self._deferred.delete(self.tr("Deleted the run. Its adapter stays."), commit, undo)
        self._changed(project)

    def _train_again(self) -> None:
        self._again = self._run.id if self._run else ""
        self._draw()

    def _choose(self, preset: str, hyper: HyperParameters) -> None:
        if self.project is None:
            return
        try:
            self._changed(self._projects.change(self.project.id, preset=preset, hyper=hyper))
        except LoamError as error:
            self.context.notices.show(error)

    def _refused(self) -> bool:
        """Say so when a run is at work already."""
        if self.watch is None:
            return False
        text = self.tr(
            "“{name}” is being trained. One run learns at a time: pause it, or start this one when "
            "it is done."
        ).replace("{name}", self.watch.name)
        self.setup.say(text)
        if self._kept is not None:
            self._kept.error = None
            self.view.detail.setText(text)
            self.view.detail.show()
        return True

    # --- the work ---------------------------------------------------------------------------------

    def _work(self, work: Callable[[Cancel], Iterator[object]], writing: bool = False) -> None:
        from app.ui.finetune.train.watch import Watch

        assert self.project is not None
        self.setup.say("")
        self._errors.pop(self.project.id, None)
        watch = Watch(self.project.id, self.project.name, live=True, writing=writing)
        if self._kept is not None and self._again != (self._run.id if self._run else "-"):
            watch.curve, watch.figures = self._kept.curve, self._kept.figures
            watch.left_out = self._kept.left_out
        self._again = ""
        self.watch = watch
        title = self.tr("Training “{name}”").replace("{name}", watch.name)
        self.task = self.context.tasks.run(
            work,
            title=title,
            on_event=self._take,
            on_error=self._failed,
            on_done=self._ended,
            shown=True,
        )
        self._draw()
        self.state_changed.emit()

    def _take(self, event: object) -> None:
        from app.services.finetune_tuner import ProjectChanged, Unloaded

        if self.watch is None:
            return
        self.watch.see(event)
        if isinstance(event, ProjectChanged):
            self._changed(event.project)
        elif isinstance(event, Unloaded):
            self.context.notices.toast(
                self.tr("The chat model was unloaded to make room; your next question loads it.")
            )
        if isinstance(event, (Prepared, Trained)):
            self._read()
        if not self._later.isActive():
            self._later.start()

    def _failed(self, error: LoamError) -> None:
        if self.watch is not None and not isinstance(error, Cancelled):
            self.watch.error = error
            self._errors[self.watch.project_id] = error

    def _ended(self) -> None:
        watch, self.watch, self.task = self.watch, None, None
        if watch is None:
            return
        watch.end()
        mine = self.project is not None and self.project.id == watch.project_id
        if mine:
            self._kept = watch
        self._read()
        if watch.keep_after and watch.error is None and mine:
            self.keep()
        elif not mine:
            self._tell(watch)
        self.state_changed.emit()

    def _tell(self, watch: Watch) -> None:
        """How the run of a project that is not in front ended."""
        if watch.error is not None:
            self.context.notices.show(watch.error)
            return
        steps = watch.figures
        done = steps.steps and steps.step >= steps.steps
        text = self.tr("“{name}” is trained.") if done else self.tr("“{name}” is paused.")
        self.context.notices.toast(text.replace("{name}", watch.name))

    # --- drawing ----------------------------------------------------------------------------------

    def _mine(self) -> Watch | None:
        """The run at work, when it is that of the project in front."""
        mine = self.project and self.watch and self.watch.project_id == self.project.id
        return self.watch if mine else None

    def _changed(self, project: TuneProject) -> None:
        if self.project is not None and project.id == self.project.id:
            self.show_project(project)
        self.changed.emit(project)
        self.state_changed.emit()

    def _count(self) -> None:
        """How many rows there are to learn from and to measure on."""
        from app.services.dataset.types import Filter, Split

        self._rows = (0, 0)
        if self.project is None or not self.project.dataset_id:
            return
        datasets, key = self.context.loam.datasets, self.project.dataset_id
        try:
            usable = datasets.get(key).usable
            held = datasets.count(key, Filter(usable=True, split=Split.VALIDATION))
        except LoamError:
            return
        self._rows = (usable - held, held)

    def _read(self) -> None:
        """The run as it is on disk; its log is read aside."""
        from app.ui.finetune.train import watch as watching

        project = self.project
        before, self._run = self._run, self._tuner.run_of(project) if project else None
        run = self._run
        if run is None:
            self._kept = None
        elif project is not None and self._mine() is None:
            fresh = self._kept is not None and self._kept.project_id == project.id
            if not fresh or before is None or before.id != run.id:
                self._kept = watching.Watch(project.id)
                self.context.tasks.call(
                    lambda: watching.kept(project.id, run, self._finetune.left_out(run.id)),
                    lambda found: self._show_kept(run.id, found),
                )
        self._draw()

    def _show_kept(self, run_id: str, found: Watch) -> None:
        if self._run is not None and self._run.id == run_id and self._mine() is None:
            found.error = self._errors.get(found.project_id)
            self._kept = found
            self._draw()

    def _draw(self) -> None:
        if self.project is None:
            return
        watch = self._mine()
        setting_up = watch is None and (self._run is None or self._again == self._run.id)
        if setting_up:
            self._show_setup()
        else:
            shown = watch or self._kept
            if shown is not None:
                self.view.show_run(self._run, shown, self.project.model)
        self._stack.setCurrentWidget(self.setup if setting_up else self.view)

    def _draw_live(self) -> None:
        watch = self._mine()
        if watch is not None:
            self.view.refresh(self._run, watch)
        self.state_changed.emit()

    def _show_setup(self) -> None:
        assert self.project is not None
        self.setup.show_choice(self.project.hyper)
        train, held = self._rows
        text = self.tr("{n} rows to learn from").replace("{n}", words.number(train))
        if held:
            more = self.tr("{n} held back to measure on").replace("{n}", words.number(held))
            text = f"{text}, {more}."
        else:
            text += self.tr(". None are held back, so there will be no validation curve.")
        self.setup.show_data(text)
        tokens = self._run.tokens if self._run else 0
        rate = self._kept.figures.rate if self._kept and self._run else None
        self.setup.show_pace(tokens, rate or 0.0)


STEP = TrainStep
