"""Starts the window over a profile and ends it: the application object, the wiring, the closing."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication

from app.core import log, messages, plugins
from app.core.crashes import CrashedBefore, CrashWatch, read
from app.core.errors import LoamError
from app.core.messages import Progress
from app.core.paths import Profile
from app.ui.application import make_application as make_application  # the tests' way to it
from app.ui.context import Context, Navigator
from app.ui.icons import icon
from app.ui.memory import Memory
from app.ui.notices import Notices, do_text, what_text
from app.ui.page import Page
from app.ui.shortcuts import Keys
from app.ui.single_instance import SingleInstance
from app.ui.tasks import Tasks
from app.ui.theme import ThemeKeeper
from app.ui.window import Window

if TYPE_CHECKING:
    from app.services.assemble import Loam

_TELL_AFTER_MS = 1000
_RESUME_AFTER_MS = 1500
_LOOK_AFTER_MS = 20_000


def run(
    application: QApplication,
    instance: SingleInstance,
    make_room: Callable[[], object],
    profile: Profile,
    open_paths: Sequence[str] = (),
) -> int:
    """Show the window until it is closed; the process's exit code. instance: listens already and is
    closed at the end; make_room takes away what stands there meanwhile, when something else can be
    seen; open_paths: absolute paths of files to take in at the start."""
    loam = _open(profile, make_room)
    if loam is None:
        instance.close()
        return 1
    notices = Notices()
    restore = notices.catch_all()
    crashes = CrashWatch(profile.logs / "crashes")
    report = crashes.take_report()
    crashes.start()
    try:
        context = make_context(loam, notices, application)
        window = make_window(context)
        instance.knocked.connect(window.come_forward)
        if sys.platform == "darwin":
            hear_finder(application, window)
        _end_on_signals(window)
        window.show()
        # With the turn after the one that paints the window: the screen is never empty.
        QTimer.singleShot(0, window, lambda: QTimer.singleShot(0, window, make_room))
        for problem in loam.notices:
            notices.show(problem)
        if report is not None:
            notices.show(CrashedBefore(read(report)))
        if open_paths:
            window.take_paths(list(open_paths))
        QTimer.singleShot(_RESUME_AFTER_MS, window, lambda: _go_on_reading(context))
        QTimer.singleShot(_TELL_AFTER_MS, window, lambda: tell_of_waiting(context))
        QTimer.singleShot(_LOOK_AFTER_MS, window, lambda: look_for_updates(context))
        return application.exec()
    finally:
        crashes.stop()
        instance.close()
        loam.close()
        restore()


def hear_finder(application: QApplication, window: Window) -> None:
    """Take files that macOS opens with Loam."""
    from app.ui.opening import FileOpener

    opener = FileOpener(window)
    opener.opened.connect(window.come_forward)
    application.installEventFilter(opener)


def make_context(loam: Loam, notices: Notices, application: QApplication) -> Context:
    """What the pages share, over the services."""
    theme = ThemeKeeper(application)
    theme.apply(loam.settings.current)
    application.setWindowIcon(icon("sprout", theme.tokens.accent, 64))
    memory = Memory(loam.profile.window)
    return Context(
        loam=loam,
        tasks=Tasks(notices.show),
        notices=notices,
        theme=theme,
        navigator=Navigator(),
        memory=memory,
        keys=Keys(memory),
    )


def make_window(context: Context) -> Window:
    """The window with all pages that are there."""
    from app.ui.chat.model_picker import ModelPicker

    pages: list[type[Page]] = plugins.find("app.ui.pages", "PAGE")
    return Window(context, sorted(pages, key=lambda page: page.order), ModelPicker(context))


def tell_of_waiting(context: Context) -> None:
    """Say quietly that a training run was broken off and can go on."""
    projects = context.loam.profile.projects
    if not projects.is_dir() or not any(projects.iterdir()):
        return  # and nothing of training is loaded
    for project, run in context.loam.tuner.waiting()[:1]:
        text = QCoreApplication.translate(
            "app", "Training “{name}” was paused when Loam closed. Resume it under Fine-tune."
        )
        if not run.closed:
            text = QCoreApplication.translate(
                "app", "Training “{name}” was interrupted. Resume it under Fine-tune."
            )
        context.notices.toast(text.replace("{name}", project.name))


def look_for_updates(context: Context) -> None:
    """Where the person switched it on: ask once a day for a new version, and tell of it. An
    address that can't be reached is not the person's trouble."""
    if not context.loam.settings.current.look_for_updates:
        return
    from app.services import updates

    service = updates.service(context.loam)
    words = QCoreApplication.translate("app", "Loam {version} is there. {page}")

    def take(event: object) -> None:
        if isinstance(event, updates.Release) and event.newer:
            told = words.replace("{version}", event.version).replace("{page}", event.page)
            context.notices.toast(told.strip())

    if service.due():
        context.tasks.run(
            lambda cancel: service.look(cancel), on_event=take, on_error=lambda _error: None
        )


def _go_on_reading(context: Context) -> None:
    """Read the documents that the last run left unread, if it left any; quietly until it is known
    that there are some."""
    if not any(context.loam.profile.library.iterdir()):
        return
    tasks, navigator = context.tasks, context.navigator

    def take(event: object) -> None:
        if isinstance(event, Progress):
            tasks.show(task)
        elif isinstance(event, messages.FileChanged):
            navigator.file_changed.emit(event)

    def done() -> None:
        navigator.library_changed.emit()
        context.folders.follow()
        context.embedding.look(go_on=True)
        context.see_to_index()

    task = tasks.run(
        lambda cancel: context.loam.library.resume(cancel),
        title=QCoreApplication.translate("app", "Going on with your documents"),
        on_event=take,
        on_done=done,
    )
    task.reads = True


def _end_on_signals(window: Window) -> None:
    """Close in good order when the terminal or the system asks. Python hears signals only while
    it runs, so a timer lets it run now and then."""
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, lambda *_args: window.close())
    timer = QTimer(window)
    timer.timeout.connect(lambda: None)
    timer.start(500)


def _open(profile: Profile, make_room: Callable[[], object]) -> Loam | None:
    """The services, as soon as the person's data can be opened; None when they gave up."""
    from app.services import assemble

    logging = False
    while True:
        try:
            profile.create()
            if not logging:
                log.start(profile.logs, "window")
                logging = True
            return assemble.build(profile)
        except (LoamError, OSError) as error:
            make_room()
            if not try_again(error):
                return None


def try_again(error: LoamError | OSError) -> bool:
    """The only dialog for an error: there is no window yet that could show it. Whether to try once
    more, as after making room on a full disk."""
    from PySide6.QtWidgets import QMessageBox

    known = error if isinstance(error, LoamError) else LoamError(repr(error))
    box = QMessageBox(QMessageBox.Icon.Warning, "Loam", what_text(known))
    box.setInformativeText(do_text(known))
    box.setDetailedText(known.detail)
    words = QCoreApplication.translate
    again = box.addButton(words("app", "Try again"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(words("app", "Close"), QMessageBox.ButtonRole.RejectRole)
    box.exec()
    return box.clickedButton() is again
