"""Every file of a folder through the product: what was read, how much, how long, and why not.

    python benchmarks/formats.py [--files ../shared/data/documents] [--parse] [--out FILE]

A table by ending: files, those that are ready, characters, pages, seconds; then each file that is
not, with its reason. It fails when a file is neither read nor told, or when reading takes more than
`--longest` seconds for one: nothing may hang. Icons (pictures under 8 KB) are read here too, as a
person may add them by name. --parse: as far as the text, by the product's parser child alone.
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

from app.core.errors import DocumentError
from app.core.messages import FileChanged, Parsed
from app.core.paths import Profile
from app.core.types import DocumentFile, FileState
from app.retrieval import formats
from app.retrieval.config import RetrievalConfig
from app.retrieval.reader import SCRATCH, Reader, Wanted
from app.retrieval.runs import reason_of, state_after
from app.services.children import retrieval_process
from app.services.library import LibraryService

ROOT = Path(__file__).resolve().parents[1]
Lengths = dict[int, int]
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


def parse(files: list[Path], scratch: Path) -> tuple[list[DocumentFile], dict[int, float], Lengths]:
    """As `measure`, and the characters of each file, by the parser alone."""
    reader = Reader(RetrievalConfig(scratch, scratch, scratch))
    (scratch / SCRATCH).mkdir(parents=True)
    done: list[DocumentFile] = []
    took: dict[int, float] = {}
    lengths: Lengths = {}
    for number, path in enumerate(files):
        begun = time.monotonic()
        state, detail, pages = FileState.READY, "", 0
        try:
            *_, read = reader.read(path, lambda: False, Wanted(languages=("eng",)))
            assert isinstance(read, Parsed)
            pages = sum(page.number is not None for page in read.pages)
            lengths[number] = sum(len(page.text) for page in read.pages)
        except DocumentError as error:
            state, detail = state_after(error), reason_of(error)
        took[number] = time.monotonic() - begun
        facts = (formats.kind_of(path), path.stat().st_size, pages, 0, state, detail)
        done.append(DocumentFile(number, 0, str(path), path.name, *facts))
    reader.close()
    return done, took, lengths


def main() -> int:
    """Run and print; 1 when a file was neither read nor told, or took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=Path, default=DOCUMENTS)
    parser.add_argument("--parse", action="store_true")
    parser.add_argument("--longest", type=float, default=600.0)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/formats.json")
    args = parser.parse_args()
    paths = sorted(path for path in args.files.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as place:
        profile = Profile(Path(place)).create()
        if args.parse:
            files, took, length = parse(paths, Path(place) / "parser")
            died = False
        else:
            worker = retrieval_process(profile, profile.library)
            library = LibraryService(worker)
            files, took = measure(library, paths)
            length = {
                file.id: len(library.open(file.id).text)
                for file in files
                if file.state is FileState.READY
            }
            died = worker.pid is None
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
        "through": "the parser child" if args.parse else "the index",
        "files": len(paths),
        "ready": sum(row["ready"] for row in table.values()),
        "longest_seconds": round(max(took.values(), default=0.0), 1),
        "formats": table,
        "not_read": troubled,
        "neither_read_nor_told": untold,
        "too_slow": slow,
        "the_index_died": died,
    }
    args.out.parent.mkdir(exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return 1 if untold or slow or died or len(files) != len(paths) else 0


if __name__ == "__main__":
    raise SystemExit(main())
