"""What stands on the screen while the window is put together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.settings import Theme
from app.ui.splash import Splash

START = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.core.paths import Profile
from app.ui import start

def shown():
    windows = [each for each in QApplication.topLevelWindows() if each.isVisible()]
    return sorted(each.title() for each in windows)

load = start.load
def loading(path):
    print("modules", "app.ui.window" in sys.modules, "app.services.assemble" in sys.modules)
    return load(path)
start.load = loading
from app.ui import splash
appear = splash.Splash.appear
def appearing(self):
    appear(self)
    print("first", shown(), self._painted)
    from app.ui import app
    make = app.make_window
    def making(context):
        window = make(context)
        print("building", shown())
        def wait():
            if shown() == ["Loam"]:
                print("then", shown())
                window.close()
            else:
                QTimer.singleShot(10, window, wait)
        QTimer.singleShot(0, window, wait)
        return window
    app.make_window = making
splash.Splash.appear = appearing
sys.exit(start.run(Profile(Path(sys.argv[1]))))
"""


def test_it_stands_until_the_window_does(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "modules False False",
        "first ['Loam is starting'] True",
        "building ['Loam is starting']",
        "then ['Loam']",
    ]


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.DARK])
def test_it_looks_as_the_person_chose(qtbot: QtBot, theme: Theme) -> None:
    splash = Splash(theme)
    splash.appear()
    picture = splash.screen().grabWindow(splash.winId()).toImage()
    assert (picture.pixelColor(8, 8).lightness() < 100) is (theme is Theme.DARK)
    splash.close()
