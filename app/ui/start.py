"""The first steps of a start: is there a window already, and something to look at meanwhile.

Imports little: what the window is made of takes longer to load than all of this.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.errors import LoamError
from app.core.paths import Profile
from app.core.settings import load
from app.ui.application import make_application
from app.ui.single_instance import SingleInstance
from app.ui.splash import Splash


def run(profile: Profile, open_paths: Sequence[str] = ()) -> int:
    """Show the window until it is closed; the process's exit code. open_paths: absolute paths of
    files to take in at the start. Hands them to the window that runs already, if one does."""
    application = make_application()
    instance = SingleInstance(profile.root)
    try:
        if instance.hand_over(open_paths):
            return 0
    except LoamError as error:
        from app.ui.app import try_again

        return run(profile, open_paths) if try_again(error) else 1
    instance.listen()
    chosen, _problems = load(profile.settings)
    splash = Splash(chosen.theme)
    splash.appear()
    from app.ui.app import run as run_window

    return run_window(application, instance, splash.close, profile, open_paths)
