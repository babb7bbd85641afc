"""Servers with a certificate of their own making: refused in plain words, trusted when told to."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.core import servernames
from app.core.errors import CertificateUntrusted, ServerUnreachable
from app.core.messages import Token
from app.core.types import ModelSpec, Server, ServerModel
from app.services.server_book import ServerBook
from app.services.servers import ServerService
from tests.remote.conftest import question
from tests.remote.server import FakeServer, serving

DAY = datetime.timedelta(days=1)


def certificate(folder: Path, name: str = "127.0.0.1", days: float = 30) -> Path:
    """A file with a key and the certificate that it signed itself. days: until it runs out."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "at home")])
    until = datetime.datetime.now(datetime.UTC) + days * DAY
    address = x509.IPAddress(ipaddress.ip_address(name))
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 60 * DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    coding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file = folder / f"{name}{days}.pem"
    file.write_bytes(key.private_bytes(coding, form, plain) + made.public_bytes(coding))
    return file


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture
def secure(own: Path) -> Iterator[FakeServer]:
    with serving(own) as made:
        yield made


def test_a_certificate_that_nobody_vouched_for_is_refused(
    servers: ServerService, secure: FakeServer
) -> None:
    with pytest.raises(CertificateUntrusted) as refused:
        servers.look(secure.address, "")
    assert f"127.0.0.1:{secure.port}" in refused.value.what_text
    assert "the server signed it itself" in refused.value.what_text
    assert "--certificate" in refused.value.do_text
    assert secure.asked == [], "nothing was sent, not even a path"


def test_who_is_trusted_answers(
    servers: ServerService, book: ServerBook, secure: FakeServer, own: Path
) -> None:
    found = servers.look(secure.address, "", certificate=str(own))
    assert [each.name for each in found.models] == ["tiny-1"]
    book.put(Server(secure.address, models=(ServerModel("tiny-1", 2048),), certificate=str(own)))
    again = ServerBook(book._file).servers()[0]
    assert again.certificate == str(own)
    spec = ModelSpec(servernames.join(secure.address, "tiny-1"))
    events = servers.stream(question(spec, "Hello?"))
    assert "".join(e.text for e in events if isinstance(e, Token)) == "Hello there."


@pytest.mark.parametrize(
    ("name", "days", "reason"),
    [
        ("127.0.0.1", -1, "it has run out"),
        ("127.0.0.2", 30, "it was made for another address"),
    ],
)
def test_trust_is_no_leave_for_anything_else(
    servers: ServerService, tmp_path: Path, name: str, days: float, reason: str
) -> None:
    file = certificate(tmp_path, name, days)
    with serving(file) as fake, pytest.raises(CertificateUntrusted, match=reason):
        servers.look(fake.address, "", certificate=str(file))


def test_a_file_without_certificates_is_named(
    servers: ServerService, secure: FakeServer, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for file in (empty, tmp_path / "gone.pem"):
        with pytest.raises(ServerUnreachable, match="the certificate file of this connection"):
            servers.look(secure.address, "", certificate=str(file))


def test_an_encrypted_port_is_not_spoken_to_in_the_clear(
    servers: ServerService, secure: FakeServer
) -> None:
    with pytest.raises(ServerUnreachable) as refused:
        servers.look(secure.address.replace("https", "http"), "")
    assert not isinstance(refused.value, CertificateUntrusted)
    assert secure.asked == []
