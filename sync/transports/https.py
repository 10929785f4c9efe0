"""sync/transports/https.py — the line: HTTPS to headquarters, resumable (tus 1.0), pinned certificate, time limits.

The certificate in the enrolment file is the only one trusted; proxies and certificates of the machine are ignored. A cut
upload goes on from the offset headquarters names. Errors are sorted: NoLine (try later), StrangeHeadquarters (somebody
else answers), HeadquartersRefused (it answered, and said no).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import msgspec

from storage.errors import FileUnreadable, Known
from storage.records import Package
from sync import answers
from sync.answers import Enrolment, Standing
from sync.transports.signed import Signer

CHUNK = 4 << 20
#: Headquarters checks a large package before it answers.
ACCEPT_SECONDS = 600.0
_TUS = {"Tus-Resumable": "1.0.0"}


class NoLine(Known):
    """Headquarters cannot be reached, or the line broke or stalled."""

    number = 408


class StrangeHeadquarters(Known):
    """Somebody answers at headquarters' address who does not hold headquarters' certificate."""

    number = 409


class HeadquartersRefused(Known):
    """Headquarters answered, and did not do what was asked. `status` is HTTP's."""

    number = 410


class Https:
    """One conversation with headquarters. `close` it. Not for concurrent use."""

    name = "https"

    def __init__(self, enrolment: Enrolment, signer: Signer, *, timeout: float = 30.0) -> None:
        context = ssl.create_default_context(cadata=enrolment.certificate)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._enrolment = enrolment
        self._signer = signer
        self._timeout = timeout
        self._client = httpx.Client(base_url=enrolment.url, verify=context, timeout=timeout, trust_env=False)

    def standing(self) -> Standing | None:
        """How headquarters sees this station, fresh. Raises AnswerInvalid."""
        nonce = secrets.token_hex(16)
        response = self._ask("GET", "/v1/standing", nonce=nonce)
        return answers.check_standing(_content(response), self._enrolment.key, nonce)

    def answer(self, package: Package) -> bytes | None:
        """The receipt headquarters already gave for this package, or None."""
        response = self._ask("GET", f"/v1/packages/{package.digest}/receipt", allow=(404,))
        return _content(response) if response.status_code == 200 else None

    def send(self, package: Package, file: Path, step: Callable[[int, int], None]) -> bytes | None:
        """Uploads what headquarters does not have yet, and asks it to take the package in. Returns its signed answer."""
        place, offset = self._begin(package)
        try:
            with file.open("rb") as opened:
                while offset < package.size_bytes:
                    step(offset, package.size_bytes)
                    opened.seek(offset)
                    offset = self._chunk(place, offset, opened.read(CHUNK))
        except OSError as error:
            raise FileUnreadable(path=file.name) from error
        step(offset, package.size_bytes)
        response = self._ask("POST", f"/v1/packages/{package.digest}/accept", allow=(409,), timeout=ACCEPT_SECONDS)
        if response.status_code == 409 and "reason" in _said(response):
            raise HeadquartersRefused(status=409, reason=_said(response)["reason"])
        return _content(response)

    def close(self) -> None:
        self._client.close()

    def _begin(self, package: Package) -> tuple[str, int]:
        name = base64.b64encode(package.digest.encode()).decode()
        headers = {**_TUS, "Upload-Length": str(package.size_bytes), "Upload-Metadata": f"digest {name}"}
        place = self._ask("POST", "/v1/uploads", headers=headers).headers["location"]
        return place, _offset(self._ask("HEAD", place, headers=_TUS))

    def _chunk(self, place: str, offset: int, data: bytes) -> int:
        headers = {
            **_TUS,
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Upload-Checksum": f"sha256 {base64.b64encode(hashlib.sha256(data).digest()).decode()}",
        }
        return _offset(self._ask("PATCH", place, headers=headers, body=data))

    def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        nonce: str = "",
        allow: tuple[int, ...] = (),
        timeout: float | None = None,
    ) -> httpx.Response:
        url = str(self._client.base_url.join(path))
        signed = self._signer.headers(method, url, headers or {}, body, nonce)
        try:
            response = self._client.request(method, url, headers=signed, content=body, timeout=timeout or self._timeout)
        except httpx.TransportError as error:
            if _certificate_fault(error):
                raise StrangeHeadquarters(url=self._enrolment.url) from error
            raise NoLine(url=self._enrolment.url) from error
        if response.is_success or response.status_code in allow:
            return response
        if response.status_code in (429, 502, 503, 504):
            raise NoLine(url=self._enrolment.url)
        raise HeadquartersRefused(status=response.status_code, reason=_said(response).get("reason", ""))


def _content(response: httpx.Response) -> bytes:
    if len(response.content) > answers.MOST_BYTES:
        raise HeadquartersRefused(status=response.status_code, reason="size")
    return response.content


def _offset(response: httpx.Response) -> int:
    text = response.headers.get("upload-offset", "")
    if not text.isdigit():
        raise HeadquartersRefused(status=response.status_code, reason="offset")
    return int(text)


def _said(response: httpx.Response) -> dict[str, str]:
    """The reason code in an error answer; nothing when it is not one of ours."""
    try:
        said = msgspec.json.decode(response.content, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {"reason": str(said["reason"])[:64]} if "reason" in said else {}


def _certificate_fault(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
