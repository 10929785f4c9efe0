"""sync/envelope.py — the only cryptography outside storage/: age envelopes, Ed25519 signatures, canonical JSON.

Sealing names a recipient, never a sender (age has none), so everything that leaves the house is signed as well.
Opening releases nothing by itself: `unseal` pushes clear bytes into a sink whose owner must throw all of it away when
`unseal` raises, because age authenticates chunk by chunk and a prefix of a cut file looks whole. No clear file is ever
written. Keys travel as bytes (Ed25519: 32-byte seed and public key) or text (age), so that no key object crosses a door.

A *signed document* is one JSON object {"document": ..., "signature": ...}: the Ed25519 signature covers exactly the
bytes of `document` as they stand in the file. Its `format` field separates the kinds of document from each other.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
import secrets
from typing import BinaryIO, Protocol, TypeVar

import msgspec
import pyrage
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from storage.errors import Known

#: What protects a package; written into every format so that another suite can follow one day.
ALGORITHMS = "age-x25519-chacha20poly1305 ed25519 sha256"

_SIGNATURE = re.compile(r"[0-9a-f]{128}")

Document = TypeVar("Document", bound=msgspec.Struct)


class EnvelopeDamaged(Known):
    """An envelope does not authenticate, is cut short, or is not for this key."""

    number = 401


class SignatureInvalid(Known):
    """A signed document is malformed, of another kind, or not signed by the key expected."""

    number = 402


class Source(Protocol):
    """What is sealed: hands out bytes, b"" at the end."""

    def read(self, size: int = -1, /) -> bytes: ...


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


class _Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    document: msgspec.Raw
    signature: str


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces: equal values give equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def new_identity() -> tuple[str, str]:
    """A new age key pair: (recipient, identity)."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity.to_public()), str(identity)


def is_recipient(text: str) -> bool:
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def seal(source: Source, sink: Sink, recipient: str) -> None:
    """Encrypts all of `source` to `recipient`, streaming. Errors of `source` and `sink` pass through unchanged."""
    watched = _Watched(source, sink)
    try:
        pyrage.encrypt_io(watched, watched, [pyrage.x25519.Recipient.from_str(recipient)])
    except pyrage.EncryptError:
        if watched.fault is not None:
            raise watched.fault from None
        raise


def unseal(source: BinaryIO, sink: Sink, identity: str) -> None:
    """Decrypts `source` into `sink`. Raises EnvelopeDamaged: then nothing that reached the sink may be used.
    Errors of `source` and `sink` pass through unchanged."""
    watched = _Watched(source, sink)
    try:
        pyrage.decrypt_io(watched, watched, [pyrage.x25519.Identity.from_str(identity)])
    except pyrage.DecryptError as error:
        if watched.fault is not None:
            raise watched.fault from None
        raise EnvelopeDamaged() from error


class _Watched:
    """Source and sink as pyrage sees them. It turns what they raise into errors of its own; `fault` is the true one."""

    def __init__(self, source: Source, sink: Sink) -> None:
        self._source = source
        self._sink = sink
        self.fault: BaseException | None = None

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._source.read(size)
        except BaseException as error:
            self.fault = error
            raise

    def write(self, data: bytes, /) -> int:
        try:
            return self._sink.write(data)
        except BaseException as error:
            self.fault = error
            raise

    def flush(self) -> None:
        self._sink.flush()


def new_seed() -> bytes:
    return secrets.token_bytes(32)


def public_of(seed: bytes) -> bytes:
    """The 32-byte Ed25519 public key of a seed."""
    return signing_key(seed).public_key().public_bytes_raw()


def signing_key(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def checking_key(public: bytes) -> Ed25519PublicKey:
    """Raises SignatureInvalid when the bytes are no Ed25519 key."""
    try:
        return Ed25519PublicKey.from_public_bytes(public)
    except ValueError as error:
        raise SignatureInvalid(why="key") from error


def sign(document: msgspec.Struct, seed: bytes) -> bytes:
    """The signed document, as the bytes that are stored and sent."""
    body = canonical(document)
    return canonical(_Signed(msgspec.Raw(body), signing_key(seed).sign(body).hex()))


def peek(data: bytes, kind: type[Document]) -> Document:
    """The document inside `data` **without** checking who signed it; only to learn whose key to ask for."""
    return _decode(_outer(data).document, kind)


def check(data: bytes, kind: type[Document], public: bytes) -> Document:
    """The document inside `data`, signed by `public` and of this kind, or SignatureInvalid."""
    signed = _outer(data)
    try:
        checking_key(public).verify(bytes.fromhex(signed.signature), bytes(signed.document))
    except (InvalidSignature, ValueError) as error:
        raise SignatureInvalid(why="signature") from error
    return _decode(signed.document, kind)


def _outer(data: bytes) -> _Signed:
    """Only the one canonical writing passes: were two writings of one signature good, one document had two digests."""
    try:
        signed = msgspec.json.decode(data, type=_Signed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SignatureInvalid(why="malformed") from error
    if canonical(signed) != data or not _SIGNATURE.fullmatch(signed.signature):
        raise SignatureInvalid(why="malformed")
    return signed


def _decode(raw: msgspec.Raw, kind: type[Document]) -> Document:
    """Kinds declare `format: Literal[...]`, so that one kind of document never passes for another."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SignatureInvalid(why="malformed") from error


def self_signed(name: str, hosts: list[str]) -> tuple[bytes, bytes]:
    """A TLS certificate for `hosts` and its P-256 key, both PEM. Trusted only by those who pin this very certificate,
    which the enrolment file carries; valid twenty years because stations cannot fetch a new one by themselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64] or "headquarters")])
    now = datetime.datetime.now(datetime.UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A station's clock may be far behind (a dead battery): the pin is what counts, not the date.
        .not_valid_before(datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(now + datetime.timedelta(days=20 * 365))
        .add_extension(x509.SubjectAlternativeName([_alternative(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, True, False, False, False),  # sign, and sign itself
            critical=True,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
