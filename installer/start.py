"""What the packaged program starts: the same `main` as `python -m app`.

Children are this program again, with words that only `freeze_support` understands; it comes before
everything else, so that a child never opens a window.
"""

from __future__ import annotations

import multiprocessing
import os
import sys


def give_back_libraries() -> None:
    """PyInstaller's loader names the program's folder in LD_LIBRARY_PATH. Our libraries know by
    themselves where they are; what others start from here (a browser for a link, LibreOffice,
    tesseract) would take Loam's Qt for its own."""
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is not None:
        os.environ["LD_LIBRARY_PATH"] = before
    elif getattr(sys, "frozen", False):
        os.environ.pop("LD_LIBRARY_PATH", None)


if __name__ == "__main__":
    give_back_libraries()
    multiprocessing.freeze_support()
    from app.__main__ import main

    sys.exit(main())
