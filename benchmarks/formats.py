"""Every file of a folder through the product: what was read, how much, how long, and why not.

    python benchmarks/formats.py [--files ../shared/data/documents] [--out FILE]

A table by ending: files, those that are ready, characters, pages, seconds; then each file that is
not, with its reason. It fails when a file is neither read nor told, or when reading takes more than
`--longest` seconds for one: nothing may hang. Icons (pictures under 8 KB) are read here too, as a
person may add them by name.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.messages import FileChanged
from app.core.paths import Profile
from app.core.types import DocumentFile, FileState
from app.services.assemble import retrieval_process
from app.services.library import LibraryService

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ROOT.parent / "shared" / "data" / "documents"


def measure(
    library: LibraryService, files: list[Path]
) -> tuple[list[DocumentFile], dict[int, float]]:
    """All files as they are in the end, and the seconds from 'reading' to that."""
    collection = library.create("Formats")
    begun: dict[int, float] = {}
    took: dict[int, float] = {}
    for event in library.add(collection.id, [str(path) for path in files]):
        if isinstance(event, FileChanged):
            now = time.monotonic()
            if event.file.state is FileState.READING:
                begun.setdefault(event.file.id, now)
            else:
                took[event.file.id] = now - begun.get(event.file.id, now)
    return library.files(collection.id), took


def main() -> int:
    """Run and print; 1 when a file was neither read nor told, or took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=Path, default=DOCUMENTS)
    parser.add_argument("--longest", type=float, default=600.0)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/formats.json")
    args = parser.parse_args()
    paths = sorted(path for path in args.files.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as place:
        profile = Profile(Path(place)).create()
        worker = retrieval_process(profile, profile.library)
        library = LibraryService(worker)
        files, took = measure(library, paths)
        length = {
            file.id: len(library.open(file.id).text)
            for file in files
            if file.state is FileState.READY
        }
        deaths = worker.pid is None
        worker.close()
    groups: dict[str, list[DocumentFile]] = defaultdict(list)
    for file in files:
        groups[Path(file.path).suffix.lower() or "(none)"].append(file)
    table = {
        suffix: {
            "files": len(some),
            "ready": sum(file.state is FileState.READY for file in some),
            "characters": sum(length.get(file.id, 0) for file in some),
            "pages": sum(file.pages for file in some),
            "seconds": round(sum(took.get(file.id, 0.0) for file in some), 1),
        }
        for suffix, some in sorted(groups.items())
    }
    troubled = {
        str(Path(file.path).relative_to(args.files)): f"{file.state.value}: {file.detail}"
        for file in files
        if file.state is not FileState.READY
    }
    untold = [
        file.name
        for file in files
        if file.state in (FileState.WAITING, FileState.READING)
        or (file.state is not FileState.READY and not file.detail)
    ]
    slow = {file.name: took[file.id] for file in files if took.get(file.id, 0) > args.longest}
    result = {
        "files": len(paths),
        "ready": sum(row["ready"] for row in table.values()),
        "longest_seconds": round(max(took.values(), default=0.0), 1),
        "formats": table,
        "not_read": troubled,
        "neither_read_nor_told": untold,
        "too_slow": slow,
        "the_index_died": deaths,
    }
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return 1 if untold or slow or deaths or len(files) != len(paths) else 0


if __name__ == "__main__":
    raise SystemExit(main())
