"""Text in pictures, by the program tesseract when it is installed (Debian: tesseract-ocr).

It runs as a program of its own, one picture at a time on one core, with bounds on its time; it
inherits the parser's bound on memory. Limits: print, not handwriting; the languages must be
installed (tesseract-ocr-deu ...); letters may be read wrongly, so callers mark such text.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import DocumentError, Scanned, TooBig
from app.core.types import Rect
from app.retrieval.loaders._pdf_flow import Block, PageLayout

_SECONDS = 90
_LANGUAGE = re.compile(r"[a-z]{3}(?:_[A-Za-z]+)*")
# Below this tesseract is guessing at stains; it says -1 for what is no word.
_LEAST_CONFIDENCE = 30.0
_FEW_WORDS = 12
_POOR_CONFIDENCE = 70.0
_ROTATE = re.compile(r"^Rotate: (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box in pixels; block, paragraph and line number the layout that it is in."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    page: int
    block: int
    paragraph: int
    line: int
    confidence: float = 100.0


@functools.cache
def installed() -> frozenset[str]:
    """Languages that can be read here; none when there is no tesseract."""
    program = shutil.which("tesseract")
    if program is None:
        return frozenset()
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            [program, "--list-langs"], capture_output=True, text=True, timeout=20, check=True
        )
        return frozenset(line for line in done.stdout.split() if _LANGUAGE.fullmatch(line))
    return frozenset()


def usable(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the wanted languages that can be read here, in their order."""
    return tuple(one for one in dict.fromkeys(wanted) if one in installed())


def why_not(name: str, wanted: tuple[str, ...]) -> Scanned:
    """Why pictures in a file can't be read, with what to do about it."""
    if not wanted:
        return Scanned(
            path=name,
            reason="reading pictures is switched off",
            remedy="Name the language of scanned pages in Settings",
        )
    if not installed():
        return Scanned(
            path=name,
            reason="the program tesseract is not installed",
            remedy="Install it (on Debian: apt-get install tesseract-ocr)",
        )
    lacking = ", ".join(wanted)
    return Scanned(
        path=name,
        reason=f"tesseract lacks the language {lacking}",
        remedy=f"Install it (on Debian: apt-get install tesseract-ocr-{wanted[0]})",
    )


def words(picture: Path | bytes, languages: tuple[str, ...], dpi: int = 0) -> list[Word]:
    """Words of a picture file, or of the bytes of one, in reading order. languages: of `usable`,
    not empty; dpi: pixels per inch, 0 where the picture says it itself or nobody knows.
    Errors: DocumentError when it is no picture that can be read, TooBig."""
    source = str(picture) if isinstance(picture, Path) else "stdin"
    command = ["tesseract", source, "stdout", "-l", "+".join(languages)]
    if dpi:
        command += ["--dpi", str(dpi)]
    command += ["--psm", "3", "-c", "tessedit_create_tsv=1", "-c", "tessedit_create_txt=0"]
    name = picture.name if isinstance(picture, Path) else "a page"
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if isinstance(picture, Path) else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    ) as program:
        _bound_time(program.pid)
        try:
            given = None if isinstance(picture, Path) else picture
            out, complaint = program.communicate(given, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
            raise TooBig(path=name, reason="reading its picture took too long") from None
    if program.returncode:
        detail = complaint.decode("utf-8", "replace")[-400:]
        raise DocumentError(detail, path=name, reason="its picture could not be read")
    return _parse(out.decode("utf-8", "replace"))


def worth(found: list[Word]) -> float:
    """How much was read, by letters that tesseract was sure of."""
    return sum(len(word.text) * word.confidence for word in found) / 100


def is_poor(found: list[Word]) -> bool:
    """Whether what was read may be a page that lies on its side."""
    if len(found) < _FEW_WORDS:
        return True
    return statistics.median(word.confidence for word in found) < _POOR_CONFIDENCE


def turn(picture: bytes) -> int:
    """Degrees, clockwise, that set a page upright: 0, 90, 180 or 270; 0 when nobody can tell."""
    command = ["tesseract", "stdin", "stdout", "--psm", "0"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, input=picture, capture_output=True, timeout=_SECONDS)
        said = _ROTATE.search(done.stdout.decode("utf-8", "replace"))
        if said and int(said[1]) in (90, 180, 270):
            return int(said[1])
    return 0


def turned_back(box: Rect, degrees: int, width: float, height: float) -> Rect:
    """A box of a page that was turned clockwise, on the page of that width and height as it was."""
    match degrees:
        case 90:
            return Rect(box.y, height - box.x - box.width, box.height, box.width)
        case 180:
            return Rect(
                width - box.x - box.width, height - box.y - box.height, box.width, box.height
            )
        case 270:
            return Rect(width - box.y - box.height, box.x, box.height, box.width)
    return box


def _bound_time(pid: int) -> None:
    """Should the parser be killed meanwhile, tesseract ends soon as well."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import resource

        resource.prlimit(pid, resource.RLIMIT_CPU, (_SECONDS, _SECONDS + 5))


def _parse(table: str) -> list[Word]:
    found = []
    for row in table.splitlines():
        cells = row.split("\t", 11)
        if len(cells) < 12 or cells[0] != "5" or not cells[11].strip():
            continue
        if float(cells[10]) < _LEAST_CONFIDENCE:
            continue
        page, block, paragraph, line, _, left, top, width, height = map(int, cells[1:10])
        found.append(
            Word(
                cells[11].strip(),
                left,
                top,
                left + width,
                top + height,
                page,
                block,
                paragraph,
                line,
                float(cells[10]),
            )
        )
    return found


def layout(found: list[Word], scale: float) -> PageLayout:
    """Words of one page as flowing text; origins are indexes of words. scale: points a pixel."""
    made = PageLayout()
    parts: list[str] = []
    length = 0

    def add(text: str, origin: int) -> None:
        nonlocal length
        parts.append(text)
        made.origins.extend([origin] * len(text))
        length += len(text)

    usual = statistics.median(w.bottom - w.top for w in found) if found else 0.0
    block_start, lines, heights = 0, 0, list[int]()
    for index, word in enumerate(found):
        previous = found[index - 1] if index else None
        if previous is None:
            pass
        elif (previous.block, previous.paragraph) != (word.block, word.paragraph):
            made.blocks.append(_block(parts, block_start, lines, heights, usual, scale))
            add("\n\n", -1)
            block_start, lines, heights = length, 0, []
        elif previous.line != word.line:
            if _is_divided(previous.text, word.text):
                # The word goes on in this line without its hyphen.
                parts[-1] = parts[-1][:-1]
                made.origins.pop()
                length -= 1
            else:
                add(" ", -1)
        else:
            add(" ", -1)
        if previous is None or previous.line != word.line or not heights:
            lines += 1
        heights.append(word.bottom - word.top)
        add(word.text, index)
    if found:
        made.blocks.append(_block(parts, block_start, lines, heights, usual, scale))
    made.text = "".join(parts)
    return made


def boxes(found: list[Word], made: PageLayout, scale: float, start: int, end: int) -> list[Rect]:
    """One box in points for each line that text[start:end] touches."""
    wanted = sorted({origin for origin in made.origins[start:end] if origin >= 0})
    rows: dict[tuple[int, int, int], list[Word]] = {}
    for index in wanted:
        word = found[index]
        rows.setdefault((word.block, word.paragraph, word.line), []).append(word)
    result = []
    for row in rows.values():
        left, top = min(w.left for w in row), min(w.top for w in row)
        right, bottom = max(w.right for w in row), max(w.bottom for w in row)
        result.append(
            Rect(left * scale, top * scale, (right - left) * scale, (bottom - top) * scale)
        )
    return result


def _is_divided(above: str, below: str) -> bool:
    return len(above) > 2 and above[-1] in "-‐" and above[-2].islower() and below[:1].islower()


def _block(
    parts: list[str], start: int, lines: int, heights: list[int], usual: float, scale: float
) -> Block:
    # Boxes hug the letters, so heights vary; only what is clearly larger counts as such.
    height = statistics.median(heights)
    size = height if height > 1.4 * usual else usual
    return Block(start, "".join(parts)[start:], round(size * scale, 1), False, lines)
