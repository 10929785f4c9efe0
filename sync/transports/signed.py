"""sync/transports/signed.py — HTTP message signatures (RFC 9421, Ed25519) on what stations ask of headquarters.

The signature covers method, path, body and the tus offset, names the station as its key, and carries a nonce and, as its
tag, the headquarters it is meant for. Its time is not looked at: a station's clock may be years off, and a repeated
request is caught by its nonce. No sockets here; the line and the service both use it.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
)
from http_message_signatures.algorithms import ED25519

from storage.errors import Known
from sync.envelope import checking_key, signing_key

_COVERED = ("@method", "@path")
_OFFSET = "upload-offset"


class RequestUnsigned(Known):
    """A request without a good signature of an enrolled station."""

    number = 425


@dataclass(frozen=True, slots=True)
class Signer:
    """The station's voice towards one headquarters."""

    station: str
    headquarters: str
    seed: bytes = field(repr=False)

    def headers(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, nonce: str = ""
    ) -> dict[str, str]:
        """`headers` with the signature added. `nonce` for callers who must recognise the answer."""
        message = _Message(method, url, dict(headers))
        offset = tuple(name for name in (_OFFSET,) if name in {header.lower() for header in headers})
        HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=_Private(self.seed)).sign(
            message,
            key_id=self.station,
            nonce=nonce or secrets.token_hex(16),
            tag=_tag(self.headquarters),
            covered_component_ids=(*_COVERED, *offset),
            body=body,
        )
        return message.headers


def verify(
    method: str, url: str, headers: Mapping[str, str], body: bytes, *, headquarters: str, key_of: Callable[[str], bytes]
) -> tuple[str, str]:
    """(station, nonce) of a request. Raises RequestUnsigned, and what `key_of` raises for an unknown station."""
    offset = (_OFFSET,) if _OFFSET in {name.lower() for name in headers} else ()
    keys = _Public(key_of)
    try:
        (result,) = _AnyTime(signature_algorithm=ED25519, key_resolver=keys).verify(
            _Message(method, url, dict(headers)),
            max_age=None,
            expect_tag=_tag(headquarters),
            require_components=(*_COVERED, *offset, "content-digest"),
            body=body,
        )
    except HTTPMessageSignaturesException as error:
        if keys.trouble is not None:
            raise keys.trouble from error
        raise RequestUnsigned() from error
    except ValueError as error:  # more than one signature
        raise RequestUnsigned() from error
    if not result.nonce:
        raise RequestUnsigned()
    return str(result.parameters["keyid"]), str(result.nonce)


@dataclass(slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


class _AnyTime(HTTPMessageVerifier):
    max_clock_skew = datetime.timedelta(days=100 * 365)


class _Private(HTTPSignatureKeyResolver):
    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def resolve_private_key(self, key_id: str):  # type: ignore[no-untyped-def]  # the library's own key type
        return signing_key(self._seed)

    def resolve_public_key(self, key_id: str):  # type: ignore[no-untyped-def]
        raise NotImplementedError("a signer checks nothing")


class _Public(HTTPSignatureKeyResolver):
    """The library hides what a resolver raises; `trouble` keeps it."""

    def __init__(self, key_of: Callable[[str], bytes]) -> None:
        self._key_of = key_of
        self.trouble: Known | None = None

    def resolve_public_key(self, key_id: str):  # type: ignore[no-untyped-def]
        try:
            return checking_key(self._key_of(key_id))
        except Known as error:
            self.trouble = error
            raise

    def resolve_private_key(self, key_id: str):  # type: ignore[no-untyped-def]
        raise NotImplementedError("a verifier signs nothing")


def _tag(headquarters: str) -> str:
    return f"anjuan-{headquarters}"
