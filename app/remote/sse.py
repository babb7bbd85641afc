"""Events of a stream (text/event-stream), out of bytes that may be cut anywhere."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

LONGEST_LINE = 1 << 20
"""Characters; a server that writes a longer line is not taken seriously."""


class TooLong(Exception):
    """A line has no end."""


class Events:
    """Feed bytes, take what came together. Bytes that are no UTF-8 become a replacement character
    each; comments and fields other than data are left out."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, block: bytes) -> Iterator[str]:
        """The data of each event that is whole now. Errors: TooLong."""
        yield from self._take(self._decoder.decode(block))

    def finish(self) -> Iterator[str]:
        """What was still open when the stream ended."""
        yield from self._take(self._decoder.decode(b"", True))
        yield from self._line(self._rest)
        yield from self._line("")

    def _take(self, text: str) -> Iterator[str]:
        text = self._rest + text
        # A line break at the very end may be the first half of one.
        held = "\r" if text.endswith("\r") else ""
        text = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n")
        *lines, rest = text.split("\n")
        self._rest = rest + held
        if len(self._rest) > LONGEST_LINE:
            raise TooLong
        for line in lines:
            yield from self._line(line)

    def _line(self, line: str) -> Iterator[str]:
        line = line.removesuffix("\r")
        name, _, value = line.partition(":")
        if not line:
            if self._data:
                yield "\n".join(self._data)
            self._data, self._size = [], 0
        elif name in ("data", "error"):
            # llama.cpp's server has written its errors under their own name.
            self._size += len(value)
            if self._size > LONGEST_LINE:
                raise TooLong
            self._data.append(value.removeprefix(" "))
