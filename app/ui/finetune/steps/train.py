"""Step 3, Train: how thoroughly, then the run, which goes on while something else is in front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from app.core.errors import LoamError
from app.ui.context import Context
from app.ui.finetune.step import Step
from app.ui.finetune.train import after

if TYPE_CHECKING:
    from app.core.types import HyperParameters
    from app.services.finetune_projects import TuneProject
    from app.services.finetune_runs import TuneRun
    from app.ui.finetune.train.watch import Watch

_DRAW_MS = 200  # a fast run makes hundreds of updates a second


class TrainStep(Step):
    """`work` is the run at work, of whichever project; `run` that of the project in front as it is
    on disk, None before there is one."""

    key = "train"
    title = "Train"
    order = 30

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        from app.ui.finetune.train.discarding import Discarding
        from app.ui.finetune.train.lining import Lining
        from app.ui.finetune.train.run_view import RunView
        from app.ui.finetune.train.setup_view import SetupView
        from app.ui.finetune.train.work import Work

        loam = context.loam
        self._tuner, self._projects, self._finetune = loam.tuner, loam.projects, loam.finetune
        self.work = Work(context, self)
        self._lining = Lining(context, self.work)
        self.run: TuneRun | None = None
        self._kept: Watch | None = None
        self._rows = (0, 0)
        self._again = ""
        self._discarding = Discarding(context, self)
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
        self._connect()

    # --- as a step --------------------------------------------------------------------------------

    def show_project(self, project: TuneProject) -> None:
        before = self.project
        super().show_project(project)
        another = before is None or before.id != project.id
        if another:
            self._again = ""
            self.setup.say("")
        if another or (before and before.dataset_id != project.dataset_id):
            self._count()
        self._read()

    def state(self) -> str:
        from app.ui.finetune.train import run_words

        return run_words.short(self.run, self.work.of(self.project))

    def done(self) -> bool:
        return bool(self.project and self.project.adapter) and not self.work.of(self.project)

    def why_not(self) -> str:
        if self.project is None or self.run is not None:
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
        self._discarding.commit_all()

    # --- what a person does -----------------------------------------------------------------------

    def start(self) -> None:
        """Begin a run with the project's settings."""
        if self.project is None:
            return
        key = self.project.id
        self.setup.say("")
        self._again = ""
        if self.work.watch is not None:
            self._lining.add(key, self.setup.say)
            return
        self.work.begin(self.project, lambda cancel: self._tuner.begin(key, cancel))
        self._begun()

    def resume(self, gentler: bool = False) -> None:
        """Go on with the project's run; gentler: at half the learning rate."""
        if self.project is not None and self.work.watch is not None and not gentler:
            self._lining.add_again(self.project.id)
            return
        if self.project is None or self._refused():
            return
        key = self.project.id
        self.work.begin(
            self.project,
            lambda cancel: self._tuner.go_on(key, cancel, gentler),
            before=self._kept,
        )
        self._begun()

    def pause(self) -> None:
        """Stop the run at a checkpoint."""
        self.work.pause()
        self._draw_live()

    def keep(self) -> None:
        """Make the adapter of what was learnt; a run at work is paused first."""
        if self.work.of(self.project) is not None:
            self.work.pause(keep_after=True)
            self._draw_live()
        elif self.project is not None and not self._refused():
            key = self.project.id
            self.work.begin(
                self.project,
                lambda cancel: self._tuner.keep(key, cancel),
                writing=True,
                before=self._kept,
            )
            self._begun()

    def discard(self) -> None:
        """Delete the project's run; it can be taken back while the toast is shown."""
        if self.project is None:
            return
        self.work.errors.pop(self.project.id, None)
        self._discarding.discard(self.project.id)

    def _connect(self) -> None:
        self.setup.changed.connect(self._choose)
        self.setup.start_asked.connect(self.start)
        self.view.pause_asked.connect(self.pause)
        self.view.resume_asked.connect(lambda: self.resume())
        self.view.gentler_asked.connect(lambda: self.resume(gentler=True))
        self.view.keep_asked.connect(self.keep)
        self.view.discard_asked.connect(self.discard)
        self.view.kept.asked.connect(
            lambda which: after.take(self.context, self.run, which, self._read)
        )
        self.view.judge_asked.connect(lambda: self.go.emit("judge"))
        self.view.again_asked.connect(self._train_again)
        self.view.unqueue_asked.connect(lambda: self._lining.remove(self.project))
        self._discarding.changed.connect(self._changed)
        self._lining.changed.connect(self._changed)
        self._lining.begun.connect(self._begun)
        self.work.project_changed.connect(self._changed)
        self.work.turned.connect(self._read)
        self.work.stirred.connect(self._stir)
        self.work.ended.connect(self._ended)

    def _train_again(self) -> None:
        self._again = self.run.id if self.run else ""
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
        if self.work.watch is None:
            return False
        text = self.tr(
            "“{name}” is being trained. One run learns at a time: pause it, or start this one when "
            "it is done."
        )
        text = text.replace("{name}", self.work.watch.name)
        self.setup.say(text)
        self.view.say(text)
        return True

    # --- how it goes ------------------------------------------------------------------------------

    def _begun(self) -> None:
        self._draw()
        self.state_changed.emit()

    def _stir(self) -> None:
        if not self._later.isActive():
            self._later.start()

    def _ended(self, watch: Watch) -> None:
        mine = self.project is not None and self.project.id == watch.project_id
        if mine:
            self._kept = watch
        self._read()
        if mine and watch.keep_after and watch.error is None:
            self.keep()
        elif not (mine and self.isVisible()):
            after.tell(self.context, watch)
        self._lining.start_next()
        self.state_changed.emit()

    def _changed(self, project: TuneProject) -> None:
        if self.project is not None and project.id == self.project.id:
            self.show_project(project)
        self.changed.emit(project)
        self.state_changed.emit()

    def _count(self) -> None:
        """How many rows there are to learn from and to measure on."""
        from app.ui.finetune.train import rows

        key = self.project.dataset_id if self.project is not None else 0
        self._rows = rows.counted(self.context.loam.datasets, key)

    # --- drawing ----------------------------------------------------------------------------------

    def _read(self) -> None:
        """The run as it is on disk; its log is read aside."""
        from app.ui.finetune.train import watch as watching

        project = self.project
        if project is None:
            return
        before, self.run = self.run, self._tuner.run_of(project)
        run = self.run
        if run is None:
            self._kept = None
        elif self.work.of(project) is None:
            known = self._kept is not None and before is not None and before.id == run.id
            if not known:
                self._kept = watching.Watch(project.id)
                self.context.tasks.call(
                    lambda: watching.kept(project.id, run, self._finetune.left_out(run.id)),
                    lambda found: self._show_kept(run.id, found),
                )
        self._draw()

    def _show_kept(self, run_id: str, found: Watch) -> None:
        if self.run is not None and self.run.id == run_id and not self.work.of(self.project):
            found.error = self.work.errors.get(found.project_id)
            self._kept = found
            self._draw()

    def _draw(self) -> None:
        if self.project is None:
            return
        watch = self.work.of(self.project)
        setting_up = watch is None and (self.run is None or self._again == self.run.id)
        if setting_up:
            self._show_setup()
        elif (shown := watch or self._kept) is not None:
            now = self.work.watch
            shown.waits_for = now.name if now is not None and now is not watch else ""
            self.view.show_run(self.run, shown, self.project.model)
        self._stack.setCurrentWidget(self.setup if setting_up else self.view)

    def _draw_live(self) -> None:
        watch = self.work.of(self.project)
        if watch is not None:
            self.view.refresh(self.run, watch)
        self.state_changed.emit()

    def _show_setup(self) -> None:
        from app.ui.finetune.train import rows

        assert self.project is not None
        self.setup.show_choice(self.project.hyper)
        self.setup.show_data(rows.said(*self._rows))
        error = self.work.errors.get(self.project.id)
        if error is not None and self.run is None:
            self.setup.show_error(error)
        tokens = self.run.tokens if self.run else 0
        rate = self._kept.figures.rate if self._kept and self.run else None
        self.setup.show_pace(tokens, rate or 0.0)


STEP = TrainStep
