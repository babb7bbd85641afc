"""E-mail messages (.eml): sender, receivers, subject, date, body, and the attachments.

Limits: as `_mail`; encrypted and signed parts are left as they are.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage, Message
from pathlib import Path

from app.core.messages import Parsed
from app.retrieval.loaders import _mail
from app.retrieval.loaders._base import PLAIN, Loader, Reading

_MEDIA_TYPE = "message/rfc822"


def load(path: Path, reading: Reading = PLAIN) -> Parsed:
    """One page without a number. Errors: as `_mail.load`."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
    return _mail.load(path, _MEDIA_TYPE, _attachments(message), reading)


def _attachments(message: Message) -> Iterator[tuple[str, bytes]]:
    """Parts with a name of their own, and messages that were forwarded whole."""
    for part in message.get_payload() if message.is_multipart() else ():
        if not isinstance(part, Message):
            continue
        if part.get_content_type() == "message/rfc822":
            (inner,) = list(part.get_payload())[:1] or (EmailMessage(),)
            if isinstance(inner, Message):
                given = part.get_filename() or str(inner.get("Subject") or "message")
                yield f"{given.removesuffix('.eml')}.eml", inner.as_bytes()
            continue
        if part.is_multipart():
            yield from _attachments(part)
            continue
        name = part.get_filename()
        if not name or _is_decoration(part):
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield _decoded(name), payload


def _is_decoration(part: Message) -> bool:
    """A picture that the message shows in its own text."""
    shown = part.get("Content-ID") and "attachment" not in str(part.get("Content-Disposition"))
    return bool(shown) and part.get_content_maintype() == "image"


def _decoded(name: str) -> str:
    """A name as people see it; what can't be decoded stays."""
    try:
        parts = email.header.decode_header(name)
        return str(email.header.make_header(parts))
    except (LookupError, ValueError, email.errors.MessageError):
        return name


LOADER = Loader((".eml",), "email", load, read=load)
