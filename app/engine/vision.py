"""A model's eyes: an mmproj file in memory through llama.cpp's libmtmd, and pictures made tokens.

Pictures come as points (`picture_file.py`); libmtmd's own decoders never see a file. What it makes
of a picture are stretches of tokens and parts to be looked at; a part is looked at when it is
evaluated, in a thread, so that progress is told and a stop is heard between layers.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import BadPicture, BadProjector, Cancelled, MissingFile, ModelError
from app.core.messages import Progress
from app.core.types import VisionAddOn
from app.engine import native, picture_file, picture_tokens, projector
from app.engine.native import lib

_KEPT = 4
"""Pictures whose points stay in memory, which takes some 10 MB each; others are read again."""
_NODES = 12  # steps of the computation between two looks at whether to stop
_STEPS_A_LAYER = 30  # of a transformer, about; the true number is known after the first part
_ABORTED = 2


@dataclass(frozen=True, slots=True)
class Part:
    """What is looked at in one go: part `index` of the picture at `path`, `places` in a context."""

    path: str
    key: str
    index: int
    places: int


class Vision:
    """The eyes of one loaded model; they must not outlive it. Not for two threads at once."""

    def __init__(self, context: object, bindings: Any, add_on: VisionAddOn, held: Any) -> None:
        self._context = context
        self._mtmd = bindings
        self._held = held  # callbacks that native code keeps
        self._marker: bytes = bindings.mtmd_default_marker()
        self._tokens: dict[str, list[int]] = {}
        self._parts: dict[tuple[int, ...], Part] = {}
        self._chunks: OrderedDict[str, object] = OrderedDict()
        self._steps = held.steps
        self.add_on = add_on

    def close(self) -> None:
        """Free all memory."""
        while self._chunks:
            self._mtmd.mtmd_input_chunks_free(self._chunks.popitem()[1])
        self._mtmd.mtmd_free(self._context)

    def tokens(self, path: str) -> list[int]:
        """A picture as a prompt has it: tokens of text, and numbers of picture_tokens for what is
        seen. Errors: BadPicture, MissingFile."""
        key, raw = _read(path)
        if key not in self._tokens:
            self._tokens[key] = self._laid_out(key, path, self._prepared(key, raw, path))
        return self._tokens[key]

    def see(
        self, handle: object, tokens: list[int], position: int, batch: int,
        cancelled: Callable[[], bool],
    ) -> Iterator[float]:  # fmt: skip
        """Evaluate one part, whose numbers `tokens` are, from `position` on; yields the share that
        is done. Errors: Cancelled, ModelError, BadPicture when its file has gone."""
        part = self._parts[tuple(tokens)]
        chunk = self._chunk(part)
        for share in self._looked_at(chunk, cancelled):
            yield 0.9 * share
        if cancelled():
            raise Cancelled
        if self._mtmd.mtmd_decode_use_non_causal(self._context, chunk) and part.places > batch:
            detail = f"Pictures of this model take {part.places} tokens at once; batch: {batch}"
            raise BadProjector(
                detail, name=Path(self.add_on.path).name,
                reason=f"its pictures need a batch and micro-batch of {part.places} tokens",
            )  # fmt: skip
        after = lib.llama_pos()
        code = self._mtmd.mtmd_helper_decode_image_chunk(
            self._context, handle, chunk, self._mtmd.mtmd_get_output_embd(self._context),
            position, 0, batch, ctypes.byref(after), self._mtmd.mtmd_helper_post_decode_callback(0),
            None,
        )  # fmt: skip
        if code == _ABORTED:
            raise Cancelled
        if code:
            raise ModelError(f"decoding gave {code}\n{native.recent_log()}", path=self.add_on.path)

    def knows(self, tokens: list[int]) -> bool:
        """Whether a part with these numbers was laid out here."""
        return tuple(tokens) in self._parts

    def _chunk(self, part: Part) -> object:
        if part.key not in self._chunks:
            key, raw = _read(part.path)
            if key != part.key:
                raise BadPicture(name=Path(part.path).name, reason="it is another one by now")
            self._prepared(key, raw, part.path)
        self._chunks.move_to_end(part.key)
        return self._mtmd.mtmd_input_chunks_get(self._chunks[part.key], part.index)

    def _prepared(self, key: str, raw: bytes, path: str) -> object:
        """The picture in libmtmd's pieces. Errors: BadPicture."""
        if key in self._chunks:
            return self._chunks[key]
        mtmd, name = self._mtmd, Path(path).name
        picture = picture_file.decode(raw, name)
        points = picture.tobytes()
        data = ctypes.cast(ctypes.c_char_p(points), ctypes.POINTER(ctypes.c_uint8))
        bitmap = mtmd.mtmd_bitmap_init(picture.width, picture.height, data)
        chunks = mtmd.mtmd_input_chunks_init()
        try:
            mtmd.mtmd_bitmap_set_id(bitmap, key.encode())
            text = mtmd.mtmd_input_text(self._marker, len(self._marker), False, True)
            bitmaps = (ctypes.c_void_p * 1)(bitmap)
            code = mtmd.mtmd_tokenize(self._context, chunks, ctypes.byref(text), bitmaps, 1)
        finally:
            mtmd.mtmd_bitmap_free(bitmap)
        if code:
            mtmd.mtmd_input_chunks_free(chunks)
            raise BadPicture(native.recent_log(), name=name, reason="the model can't take its form")
        self._chunks[key] = chunks
        while len(self._chunks) > _KEPT:
            mtmd.mtmd_input_chunks_free(self._chunks.popitem(last=False)[1])
        return chunks

    def _laid_out(self, key: str, path: str, chunks: object) -> list[int]:
        mtmd, found = self._mtmd, list[int]()
        for index in range(mtmd.mtmd_input_chunks_size(chunks)):
            chunk = mtmd.mtmd_input_chunks_get(chunks, index)
            count = int(mtmd.mtmd_input_chunk_get_n_tokens(chunk))
            if mtmd.mtmd_input_chunk_get_type(chunk) == mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT:
                length = ctypes.c_size_t()
                raw = mtmd.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(length))
                found += raw[: length.value]
                if min(raw[: length.value], default=0) < 0:
                    reason = "it needs words that this model does not know"
                    raise BadProjector(name=Path(self.add_on.path).name, reason=reason)
                continue
            positions = int(mtmd.mtmd_input_chunk_get_n_pos(chunk))
            numbers = picture_tokens.placed(f"{key} {index}", count, positions)
            self._parts[tuple(numbers)] = Part(path, key, index, count)
            found += numbers
        return found

    def _looked_at(self, chunk: object, cancelled: Callable[[], bool]) -> Iterator[float]:
        """Run the add-on over a part. Errors: Cancelled, ModelError."""
        reports: queue.SimpleQueue[float | None] = queue.SimpleQueue()
        result: list[int] = []
        steps = self._steps
        steps.begin(cancelled, reports.put)

        def run() -> None:
            result.append(self._mtmd.mtmd_encode_chunk(self._context, chunk))
            reports.put(None)

        thread = threading.Thread(target=run, name="look", daemon=True)
        thread.start()
        try:
            while (share := reports.get()) is not None:
                yield share
        finally:
            # Who stops listening must not leave it at work on what is freed next.
            steps.stopped = steps.stopped or (thread.is_alive() and not result)
            thread.join()
            steps.end()
        if steps.stopped or cancelled():
            raise Cancelled
        if result != [0]:
            raise ModelError(f"encoding failed\n{native.recent_log()}", path=self.add_on.path)


class _Steps:
    """Hears of each step of a computation: says how far it is, and stops it."""

    def __init__(self, guess: int) -> None:
        self._all = max(1, guess)
        self._asked: Callable[[], bool] = bool
        self._report: Callable[[float], None] = lambda _: None
        self._count = 0
        self.stopped = False

    def begin(self, cancelled: Callable[[], bool], report: Callable[[float], None]) -> None:
        self._asked, self._report = cancelled, report
        self._count, self.stopped = 0, False

    def end(self) -> None:
        self._asked, self._report = bool, lambda _: None
        if not self.stopped and self._count:
            self._all = self._count

    def __call__(self, _tensor: object, asks: bool, _data: object) -> bool:
        """As ggml_backend_sched_eval_callback: asked first whether it wants to see a step."""
        if asks:
            self._count += 1
            return self.stopped or self._count % _NODES == 0
        self._report(min(0.99, self._count / self._all))
        self.stopped = self.stopped or self._asked()
        return not self.stopped


class _Held:
    """What native code calls back."""

    def __init__(self, mtmd: Any, layers: int, cancelled: Callable[[], bool], report: Any) -> None:
        self.steps = _Steps(layers * _STEPS_A_LAYER)
        self.on_step = lib.ggml_backend_sched_eval_callback(self.steps)

        def on_progress(share: float, _: object) -> bool:
            report(share)
            return not cancelled()

        self.on_progress = mtmd.mtmd_progress_callback(on_progress)


def open_eyes(
    path: str, handle: object, model: str, threads: int, gpu: bool, cancelled: Callable[[], bool]
) -> Iterator[Progress | Vision]:
    """Progress, and at last the eyes of a loaded model. path: the add-on. Errors: BadProjector,
    MissingFile, NotAModel, Cancelled."""
    add_on = projector.inspect(path)
    projector.check_pair(add_on, model)
    mtmd, name = _bindings(Path(path).name), Path(path).name
    reports: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    held = _Held(mtmd, add_on.layers, cancelled, reports.put)
    params = mtmd.mtmd_context_params_default()
    params.use_gpu, params.n_threads = gpu, threads
    params.print_timings = params.warmup = False
    params.cb_eval = held.on_step
    params.progress_callback = held.on_progress
    result: list[object] = []
    lines: list[str] = []

    def run() -> None:
        with native.listening(lines.append):
            result.append(mtmd.mtmd_init_from_file(os.fsencode(path), handle, params))
        reports.put(None)

    thread = threading.Thread(target=run, name="eyes", daemon=True)
    thread.start()
    shown = -1
    while (share := reports.get()) is not None:
        if (percent := int(share * 100)) // 5 != shown // 5:
            shown = percent
            yield Progress("Loading the vision add-on", percent, 100, "%")
    thread.join()
    if not result or not result[0]:
        if cancelled():
            raise Cancelled
        reason = "it does not fit this model" if "mismatch" in "".join(lines) else "it is damaged"
        raise BadProjector("\n".join(lines[-40:]), name=name, reason=reason)
    if not mtmd.mtmd_support_vision(result[0]):
        mtmd.mtmd_free(result[0])
        raise BadProjector(name=name, reason="it adds no eyes")
    yield Vision(result[0], mtmd, add_on, held)


def _bindings(name: str) -> Any:
    """libmtmd, with its log in ours. Errors: BadProjector where it was not built."""
    try:
        import llama_cpp.mtmd_cpp as mtmd
    except (ImportError, OSError, FileNotFoundError, RuntimeError) as error:
        reason = "this llama.cpp was built without the part that sees"
        raise BadProjector(repr(error), name=name, reason=reason) from None
    mtmd.mtmd_log_set(native._on_log, None)
    mtmd.mtmd_helper_log_set(native._on_log, None)
    return mtmd


def _read(path: str) -> tuple[str, bytes]:
    """(SHA-256, content). Errors: MissingFile, BadPicture."""
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise MissingFile(path=path) from None
    except OSError as error:
        name = Path(path).name
        raise BadPicture(repr(error), name=name, reason="it can't be opened") from error
    return hashlib.sha256(raw).hexdigest(), raw
