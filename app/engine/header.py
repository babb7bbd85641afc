"""Reads what a GGUF file says of itself, without loading it.

The file may be hostile: every count and length is checked against the bytes that are there and
against fixed bounds before anything is read, only wanted values are kept, and tensors must lie
inside the file. A header takes well under a second. Nothing native is involved.
"""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.core.errors import MissingFile, NotAModel
from app.core.hubnames import all_parts
from app.core.types import ModelInfo
from app.engine.gguf_types import FILE_TYPES, TENSOR_TYPES

# Value type number -> struct code.
_SCALARS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
_STRING, _ARRAY = 8, 9
_MAX_PAIRS = 65_536
_MAX_TENSORS = 65_536
_MAX_NAME = 65_536
_MAX_TENSOR_NAME = 1024
_MAX_KEPT = 4 << 20  # the longest text kept: chat templates take some 10 KB
_MAX_WALKED = 2_000_000  # strings in arrays (vocabularies have up to 500,000 with their merges)
_TOOLS = re.compile(r"{%[^}]*\btools\b")  # a template that asks whether there are any
_EMBEDDING_FAMILIES = ("bert", "t5encoder")


class _Broken(Exception):
    """The header breaks a rule; the text says which, for a person."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A table of weights: its name, its dimensions as GGUF orders them, and its size in bytes."""

    name: str
    dimensions: tuple[int, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Header:
    """values: scalars and texts by key, arrays left out; arrays: their lengths; weights: all
    tensors."""

    values: dict[str, Any]
    arrays: dict[str, int]
    tensors: int
    parameters: int
    types: Counter[str]
    size_bytes: int
    weights: tuple[Tensor, ...] = ()


def inspect(path: str) -> ModelInfo:
    """Metadata of a model. Errors: MissingFile, NotAModel."""
    header = read(path)
    values = header.values
    architecture = str(values.get("general.architecture", ""))
    kind = str(values.get("general.type", "model"))
    part = _number(values, "split.no")
    if part:  # such a file says nothing else
        reason = f"it is part {part + 1} of a model in several files; choose the first"
        raise NotAModel(path=path, reason=reason)
    if not architecture:
        raise NotAModel(path=path, reason="it does not say what kind of model it is")
    if kind == "adapter":
        raise NotAModel(path=path, reason="it is an addition to a model, not a model")
    if kind == "mmproj" or architecture == "clip":
        raise NotAModel(path=path, reason="it is the picture reader of a model, not a model")
    size, parameters, types = header.size_bytes, header.parameters, header.types
    parts = _other_parts(path, _number(values, "split.count"))
    for other in map(read, parts):
        size, parameters, types = (
            size + other.size_bytes, parameters + other.parameters, types + other.types
        )  # fmt: skip
    file_type = FILE_TYPES.get(_number(values, "general.file_type", -1))
    common = types.most_common(1)
    return ModelInfo(
        path=path,
        name=title(Path(path)),
        architecture=architecture[:80],
        quantization=file_type or (common[0][0] if common else ""),
        size_bytes=size,
        parameters=parameters,
        context_trained=_number(values, f"{architecture}.context_length"),
        has_chat_template=bool(values.get("tokenizer.chat_template")),
        is_embedding=_is_embedding(architecture, values),
        licence=str(values.get("general.license", ""))[:80],
        layers=_number(values, f"{architecture}.block_count"),
        files=1 + len(parts),
        calls_tools=_calls_tools(str(values.get("tokenizer.chat_template", ""))),
    )


def read_all(path: str) -> list[Header]:
    """The headers of all files of a model, the first first. Errors: MissingFile, NotAModel."""
    first = read(path)
    return [first, *map(read, _other_parts(path, _number(first.values, "split.count")))]


def _other_parts(path: str, count: int) -> list[str]:
    """The files after the first of a model in several. Errors: NotAModel."""
    if count < 2:
        return []
    first = Path(path)
    names = all_parts(first.name)
    if len(names) != count:
        reason = "it is the first of several files and is not named as one"
        raise NotAModel(path=path, reason=reason)
    missing = [name for name in names if not (first.parent / name).is_file()]
    if missing:
        raise NotAModel(path=path, reason=f"a part of it is missing: {missing[0]}")
    return [str(first.parent / name) for name in names[1:]]


def title(path: Path) -> str:
    """A model's name for a person, from its file's: those are what people know models by, while
    the name inside is often that of a training run. The type at the end goes, it is shown apart."""
    words = re.sub(r"-\d{5}-of-\d{5}$", "", path.stem)
    words = re.sub(r"[-_.](?:I?Q\d\w*|T?Q\d_\d|BF16|F16|F32|FP16|MXFP4\w*)$", "", words, flags=re.I)
    return re.sub(r"[-_]+", " ", words).strip()[:200] or path.name


def read(path: str) -> Header:
    """The header of a GGUF file. Errors: MissingFile, NotAModel."""
    try:
        with Path(path).open("rb") as file:
            return _read(file, Path(path).stat().st_size)
    except FileNotFoundError:
        raise MissingFile(path=path) from None
    except OSError as error:
        raise NotAModel(repr(error), path=path, reason="it can't be opened") from error
    except _Broken as error:
        raise NotAModel(path=path, reason=str(error)) from None


class _Reader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size
        self._walked = 0

    def take(self, count: int) -> bytes:
        if count > self._left:
            raise _Broken("it is cut off")
        data = self._file.read(count)
        if len(data) != count:
            raise _Broken("it is cut off")
        self._left -= count
        return data

    def skip(self, count: int) -> None:
        if count > self._left:
            raise _Broken("it is cut off")
        self._left -= count
        self._file.seek(count, 1)

    def number(self, code: str) -> Any:
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def text(self, longest: int) -> str:
        length = self.number("Q")
        if length > longest:
            raise _Broken("a text in it is too long")
        return self.take(length).decode("utf-8", "replace")

    def skip_texts(self, count: int) -> None:
        self._walked += count
        if self._walked > _MAX_WALKED:
            raise _Broken("its word list is too long")
        if count * 8 > self._left:
            raise _Broken("it is cut off")
        for _ in range(count):
            self.skip(int.from_bytes(self.take(8), "little"))

    @property
    def left(self) -> int:
        return self._left


def _read(file: BinaryIO, size: int) -> Header:
    reader = _Reader(file, size)
    if size < 24 or reader.take(4) != b"GGUF":
        raise _Broken("it is not a GGUF file")
    version = reader.number("I")
    if version not in (2, 3):
        raise _Broken(f"its GGUF version {version} is unknown")
    tensors, pairs = reader.number("Q"), reader.number("Q")
    if pairs > _MAX_PAIRS or tensors > _MAX_TENSORS:
        raise _Broken("its counts are impossible")
    values: dict[str, Any] = {}
    arrays: dict[str, int] = {}
    for _ in range(pairs):
        key = reader.text(_MAX_NAME)
        kind = reader.number("I")
        if kind == _ARRAY:
            arrays[key] = _skip_array(reader)
        elif kind == _STRING:
            values[key] = reader.text(_MAX_KEPT)
        elif kind in _SCALARS:
            values[key] = reader.number(_SCALARS[kind])
        else:
            raise _Broken("a value in it has an unknown type")
    # The first of several files may hold nothing but what the others have in common.
    if tensors == 0 and _number(values, "split.count") < 2:
        raise _Broken("it holds no weights")
    parameters, types, end, weights = _tensors(reader, tensors)
    alignment = _number(values, "general.alignment", 32)
    if not 0 < alignment <= 1 << 20:
        raise _Broken("its alignment is impossible")
    begin = -(-(size - reader.left) // alignment) * alignment
    if begin + end > size:
        raise _Broken("it is cut off")
    return Header(values, arrays, tensors, parameters, types, size, weights)


def _skip_array(reader: _Reader) -> int:
    kind, count = reader.number("I"), reader.number("Q")
    if kind == _STRING:
        reader.skip_texts(count)
    elif kind in _SCALARS:
        reader.skip(count * struct.calcsize("<" + _SCALARS[kind]))
    else:
        raise _Broken("a list in it has an unknown type")
    return int(count)


def _tensors(reader: _Reader, count: int) -> tuple[int, Counter[str], int, tuple[Tensor, ...]]:
    """(parameters, tensors of each type, where the last one ends relative to the data, all)."""
    weights = []
    parameters = end = 0
    types: Counter[str] = Counter()
    for _ in range(count):
        called = reader.text(_MAX_TENSOR_NAME)
        dimensions = reader.number("I")
        if not 1 <= dimensions <= 4:
            raise _Broken("a tensor in it has an impossible shape")
        shape = tuple(reader.number("Q") for _ in range(dimensions))
        elements = math.prod(shape)
        type_number, offset = reader.number("I"), reader.number("Q")
        if elements >= 1 << 63:
            raise _Broken("a tensor in it has an impossible shape")
        name, block, block_bytes = TENSOR_TYPES.get(type_number, ("", 1, 0))
        if name and dimensions > 1:
            types[name] += elements
        parameters += elements
        size = elements // block * block_bytes
        end = max(end, offset + size)
        weights.append(Tensor(called, shape, size))
    return parameters, types, end, tuple(weights)


def _number(values: dict[str, Any], key: str, default: int = 0) -> int:
    value = values.get(key, default)
    return value if isinstance(value, int) and 0 <= value < 1 << 40 else default


def _calls_tools(template: str) -> bool:
    """Whether a template tells its model of tools, and has it call them in a form that
    core/tool_calls.py reads."""
    if not _TOOLS.search(template):
        return False
    tagged = "<tool_call>" in template and not ("<function=" in template or "<arg_key>" in template)
    return tagged or "[TOOL_CALLS]" in template or "ipython" in template


def _is_embedding(architecture: str, values: dict[str, Any]) -> bool:
    family = any(word in architecture for word in _EMBEDDING_FAMILIES)
    return family or _number(values, f"{architecture}.pooling_type") > 0
