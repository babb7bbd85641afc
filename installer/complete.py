"""Adds to the folder that PyInstaller built what no import shows: models, samples, licences, the
list of parts.

    python installer/complete.py BUNDLE [INSIDE]

BUNDLE: the folder with the program; INSIDE: where its files lie, BUNDLE/_internal if not given.
`make_deb.py` does it itself, in the tree of the package.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

import contents  # noqa: E402
import licences  # noqa: E402
import sbom  # noqa: E402
import versions  # noqa: E402

from app.services import about  # noqa: E402


def complete(bundle: Path, inside: Path, moment: datetime) -> tuple[about.Part, ...]:
    """Fill `inside`; gives the parts that are in the program."""
    contents.copy_models(ROOT / "models", inside / "models")
    contents.copy_tracked(ROOT, "resources", inside)
    parts = (*sbom.others(), *sbom.inside(bundle))
    licences.write(parts, inside / about.LICENCES)
    for model in about.models():  # both under Loam's own licence
        place = inside / about.LICENCES / model.name / "LICENSE"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes((ROOT / "LICENSE").read_bytes())
    listed = sbom.document(parts, inside / "models", versions.version(), moment)
    (inside / about.BOM).write_text(listed, "utf-8")
    return parts


if __name__ == "__main__":
    program = Path(sys.argv[1])
    place = Path(sys.argv[2]) if len(sys.argv) > 2 else program / "_internal"
    complete(program, place, versions.moment())
    sys.exit(0)
