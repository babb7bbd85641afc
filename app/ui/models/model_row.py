"""The row of a model that is on this machine."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton

from app.core.types import LoadedModel, ModelInfo
from app.engine.plan import Fit, Plan
from app.ui.finetune.progress_row import ProgressRow
from app.ui.icons import icon
from app.ui.models import facts
from app.ui.models.actions import ModelActions
from app.ui.models.rows import Row, say
from app.ui.notices import do_text, what_text
from app.ui.theme import ThemeKeeper

_MORE = 18
_WIDE = 78


class ModelRow(Row):
    """asked: what to do, and the path of the model. Tells what work on the model goes on."""

    asked = Signal(str, str)

    def __init__(
        self, info: ModelInfo, theme: ThemeKeeper, actions: ModelActions, used: bool
    ) -> None:
        name = info.name or info.path.rpartition("/")[2]
        picture = "eye" if info.is_projector else "box"
        super().__init__(theme, picture, "accent" if used else "quiet", name, facts.line(info))
        self.info = info
        self._actions = actions
        self.name.show_text(name, info.path)
        self.detail.setToolTip(facts.explained())
        self.plan = self.line("", tip=facts.plan_explained())
        self.unused = self.line("", "warning")
        self.state = self.line("")
        self.state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.chip(facts.use(info))
        if info.writes:
            text = self.tr("In use") if used else self.tr("Use")
            self.use = self.button(text, "primary")
            self.use.setMinimumWidth(round(theme.scaled(_WIDE)))
            self.use.setEnabled(not used)
            self.use.setToolTip(self.tr("New chats take this model."))
            self.use.clicked.connect(lambda: self.asked.emit("use", info.path))
        self.more = QToolButton()
        self.more.setProperty("kind", "icon")
        self.more.setIcon(icon("ellipsis", theme.tokens.quiet))
        self.more.setIconSize(QSize(_MORE, _MORE))
        self.more.setToolTip(self.tr("More"))
        self.more.setAccessibleName(self.tr("More: {name}").replace("{name}", name))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._menu())
        self.side.addWidget(self.more, 0, Qt.AlignmentFlag.AlignVCenter)
        self._progress: ProgressRow | None = None
        self.tell()

    def tell_folder(self) -> None:
        """Where its file lies, as another model is called the same."""
        folder = str(Path(self.info.path).parent)
        told = self.tr("in {folder}").replace("{folder}", folder)
        self.detail.setText(facts.joined([self.detail.text(), told]))

    def tell(self) -> None:
        """Show the work that goes on with this model, or what came of it."""
        path = self.info.path
        job = self._actions.jobs.get(path)
        if job is not None and (self._progress is None or job is not self._progress.task):
            self._progress = ProgressRow(job.title)
            self.column.addWidget(self._progress)
            self._progress.follow(job)
        said = self._actions.said.get(path)
        say(self.state, said.text if said else "", said.kind if said else "hint")
        self.state.setToolTip(said.tip if said else "")
        for action in self.more.menu().actions():
            if action.data() in ("verify", "convert", "delete", "remove"):
                action.setEnabled(job is None)

    def tell_plan(self, plan: Plan | None, loaded: LoadedModel | None) -> None:
        """Where its layers will go, or are."""
        say(self.unused, "", "warning")
        if loaded is not None and loaded.info.path == self.info.path:
            say(self.plan, facts.loaded(loaded), "hint")
            self.plan.setToolTip(facts.buffers(loaded))
            reasons = [f"{what_text(each)} {do_text(each)}".strip() for each in loaded.unused]
            say(self.unused, "\n".join(reasons), "warning")
        elif plan is None:
            say(self.plan, "", "hint")
        elif plan.fit is Fit.FITS:
            say(self.plan, facts.plan(plan), "hint")
        else:
            text = f"{facts.fit(plan.fit)}: {facts.plan(plan)}"
            say(self.plan, text, "warning")

    def _menu(self) -> QMenu:
        menu = QMenu(self.more)
        entries = [
            ("rename", "pencil", self.tr("Rename")),
            ("folder", "files", self.tr("Show in its folder")),
            ("verify", "circle-check", self.tr("Check the file")),
            ("convert", "scale", self.tr("Convert to another type")),
        ]
        if not self.info.writes:
            entries.pop()
        else:
            entries.insert(0, ("load", "sliders-horizontal", self.tr("Load settings")))
        if self._actions.can_delete(self.info.path):
            entries.append(("delete", "trash-2", self.tr("Delete")))
        elif self._actions.is_link(self.info.path):
            entries.append(("remove", "x", self.tr("Remove from the list; the file stays")))
        for key, picture, text in entries:
            if key in ("delete", "remove"):
                menu.addSeparator()
            action = menu.addAction(icon(picture, self.theme.tokens.quiet), text)
            action.setData(key)
            action.triggered.connect(
                lambda _checked=False, key=key: self.asked.emit(key, self.info.path)
            )
        return menu
