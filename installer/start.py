"""What the packaged program starts: the same `main` as `python -m app`.

Children are this program again, with words that only `freeze_support` understands; it comes before
everything else, so that a child never opens a window.
"""

from __future__ import annotations

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    from app.__main__ import main

    sys.exit(main())
