"""Files for tests that no sample has: scanned, mixed and encrypted PDFs, mails with attachments."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def text_pdf(
    path: Path, pages: Sequence[Sequence[tuple[int, int, str]]], password: str = ""
) -> Path:
    """A PDF of words at places: (x, y from the bottom, words), drawn in that order in 11 point
    Helvetica. With a password it is encrypted as PDF 1.4 has it."""
    identity = b"0123456789abcdef"
    key = _key(password, identity) if password else b""
    count = len(pages)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count %d/Kids[%s]>>"
        % (count, b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(count))),
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    }
    for number, words in enumerate(pages):
        drawn = "".join(f"BT /F 11 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in words)
        content = drawn.encode("latin-1")
        if key:
            content = _rc4(_object_key(key, 5 + 2 * number), content)
        objects[4 + 2 * number] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F 3 0 R>>>>>>" % (5 + 2 * number)
        )
        objects[5 + 2 * number] = b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)
    trailer = b"<</Root 1 0 R/Size %d/ID[<%s><%s>]" % (
        len(objects) + 2,
        identity.hex().encode(),
        identity.hex().encode(),
    )
    if key:
        number = len(objects) + 1
        objects[number] = b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>" % (
            _owner(password).hex().encode(),
            _rc4(key, _PADDING).hex().encode(),
        )
        trailer += b"/Encrypt %d 0 R" % number
    out = b"%PDF-1.4\n"
    places = []
    for number, body in sorted(objects.items()):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    path.write_bytes(
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(places) + 1, table)
        + b"trailer\n%s>>\nstartxref\n%d\n%%%%EOF\n" % (trailer, len(out))
    )
    return path


def scanned_pdf(path: Path, source: Path, scanned: Sequence[int], turn: int = 0) -> Path:
    """A copy of a PDF whose pages `scanned` (from 0) are pictures of themselves, laid down turned
    clockwise by so many degrees."""
    import pypdfium2

    with pypdfium2.PdfDocument(source) as old, pypdfium2.PdfDocument.new() as new:
        new.import_pages(old)
        for number in scanned:
            page = old[number]
            width, height = page.get_size()
            if turn in (90, 270):
                width, height = height, width
            image = pypdfium2.PdfImage.new(new)
            image.set_bitmap(page.render(scale=200 / 72, grayscale=True, rotation=turn))
            image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
            new.del_page(number)
            made = new.new_page(width, height, index=number)
            made.insert_obj(image)
            made.gen_content()
            page.close()
            made.close()
        new.save(path)
    return path


def picture(path: Path, source: Path, number: int) -> Path:
    """Page `number` (from 0) of a PDF as a grey PNG."""
    import pypdfium2

    with pypdfium2.PdfDocument(source) as document:
        page = document[number]
        bitmap = page.render(scale=200 / 72, grayscale=True)
        width, height, stride = bitmap.width, bitmap.height, bitmap.stride
        pixels = bytes(bitmap.buffer)
        page.close()
    rows = b"".join(b"\0" + pixels[y * stride : y * stride + width] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
    )
    return path


def mail(path: Path, body: str, attachments: Sequence[Path], subject: str = "Minutes") -> Path:
    """An e-mail with files attached."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", subject
    message.set_content(body)
    for each in attachments:
        message.add_attachment(
            each.read_bytes(), maintype="application", subtype="octet-stream", filename=each.name
        )
    path.write_bytes(message.as_bytes())
    return path


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def _padded(password: str) -> bytes:
    return (password.encode() + _PADDING)[:32]


def _owner(password: str) -> bytes:
    return _rc4(hashlib.md5(_padded(password)).digest()[:5], _padded(password))


def _key(password: str, identity: bytes) -> bytes:
    given = _padded(password) + _owner(password) + struct.pack("<i", -4) + identity
    return hashlib.md5(given).digest()[:5]


def _object_key(key: bytes, number: int) -> bytes:
    return hashlib.md5(key + struct.pack("<I", number)[:3] + b"\0\0").digest()[:10]
