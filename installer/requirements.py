"""Prints what a package needs of pyproject.toml's dependencies, one a line: all but the libraries
that only a checkout embeds with (`app/retrieval/embedders/minilm.py`).

    python installer/requirements.py
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

LEFT_OUT = {"sentence-transformers", "torch", "llama-cpp-python"}
"""llama-cpp-python comes as the wheel that was built for any processor."""
OWN_NEEDS = ("diskcache", "typing-extensions")
"""What llama-cpp-python itself needs besides, since it is installed without its dependencies."""


def wanted(pyproject: Path) -> list[str]:
    """The requirements, as pip reads them."""
    project = tomllib.loads(pyproject.read_text("utf-8"))["project"]
    kept = [
        one
        for one in project["dependencies"]
        if re.split(r"[^\w-]", one, maxsplit=1)[0].lower() not in LEFT_OUT
    ]
    return [*kept, *OWN_NEEDS]


if __name__ == "__main__":
    print("\n".join(wanted(Path(__file__).resolve().parents[1] / "pyproject.toml")))
    sys.exit(0)
