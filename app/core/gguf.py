"""The header of a GGUF file, read with bounds.

The file may be hostile: every count and length is checked against the bytes that are there and
against fixed bounds before anything is read, only wanted values are kept, and tensors must lie
inside the file. A header takes well under a second. Nothing native is involved.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.core.errors import MissingFile, NotAModel
from app.core.gguf_types import TENSOR_TYPES

# Value type number -> struct code.
_SCALARS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
_STRING, _ARRAY = 8, 9
_MAX_PAIRS = 65_536
_MAX_TENSORS = 65_536
_MAX_NAME = 65_536
_MAX_TENSOR_NAME = 1024
_MAX_KEPT = 4 << 20  # the longest text kept: chat templates take some 10 KB
_BLOCK = 1 << 18  # bytes of a word list read at once
_MAX_WALKED = 2_000_000  # strings in arrays (vocabularies have up to 500,000 with their merges)
_EMBEDDING_FAMILIES = ("bert", "t5encoder")
_length = struct.Struct("<Q").unpack_from


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


def read_from(file: BinaryIO, size: int, name: str) -> Header:
    """As `read`, of a file of `size` bytes of which the beginning is there; name: for errors.
    Errors: NotAModel."""
    try:
        return _read(file, size)
    except _Broken as error:
        raise NotAModel(path=name, reason=str(error)) from None


def number(values: dict[str, Any], key: str, default: int = 0) -> int:
    """A count of the header, `default` where it is absent or impossible."""
    value = values.get(key, default)
    return value if isinstance(value, int) and 0 <= value < 1 << 40 else default


def is_embedding(architecture: str, values: dict[str, Any]) -> bool:
    """Whether a model makes vectors of texts, by what its header says."""
    family = any(word in architecture for word in _EMBEDDING_FAMILIES)
    return family or number(values, f"{architecture}.pooling_type") > 0


class _Broken(Exception):
    """The header breaks a rule; the text says which, for a person."""


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
        # In blocks, since a word list has 300,000 of them and a model can't load before.
        base, block, position = self._file.tell(), b"", 0
        begin = 0  # of the block, from where the texts begin
        for _ in range(count):
            if position + 8 > begin + len(block):
                if position + 8 > self._left:
                    raise _Broken("it is cut off")
                self._file.seek(base + position)
                begin, block = position, self._file.read(_BLOCK)
                if len(block) < 8:
                    raise _Broken("it is cut off")
            position += 8 + _length(block, position - begin)[0]
        self._file.seek(base)
        self.skip(position)

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
    if tensors == 0 and number(values, "split.count") < 2:
        raise _Broken("it holds no weights")
    parameters, types, end, weights = _tensors(reader, tensors)
    alignment = number(values, "general.alignment", 32)
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
