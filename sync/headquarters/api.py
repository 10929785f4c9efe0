"""sync/headquarters/api.py — the ASGI service: resumable uploads (tus 1.0), taking packages in, receipts, standing.

Every request is signed by a station (sync/transports/signed.py); a nonce is taken once. Uploads are named by the
package's digest, so a station that lost its place asks for the same upload and learns the offset. A chunk counts only
when it is whole, agrees with its checksum and is forced to the disk: after a cut one chunk at most is sent again.
What lies in `uploads/` is ciphertext under a signed header. Work on disk and database runs in Starlette's thread pool.

    GET  /v1/standing                    signed standing, answers the request's nonce
    POST /v1/uploads                     tus creation; Upload-Metadata: digest <base64 of 64 hex digits>
    HEAD, PATCH /v1/uploads/{digest}     tus offset; next chunk (checksum extension, sha256)
    POST /v1/packages/{digest}/accept    200 receipt | 409 refusal, both signed
    GET  /v1/packages/{digest}/receipt   200 receipt | 404
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import threading
from collections import OrderedDict, defaultdict
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from storage.errors import DiskFull, Known
from storage.files import disk_faults, sync_folder
from sync import answers, envelope
from sync.headquarters.office import Office, StationUnknown
from sync.package import HEADER_SIZE, PackageDamaged
from sync.transports.signed import RequestUnsigned, verify

TUS = {"Tus-Resumable": "1.0.0"}
MOST_CHUNK = 8 << 20
MOST_PACKAGE = 16 << 30
MOST_UPLOADS = 4
_NONCES = 100_000
_DIGEST = re.compile(r"[0-9a-f]{64}")


def application(office: Office) -> Starlette:
    service = _Service(office)
    routes = [
        Route("/v1/standing", service.standing, methods=["GET"]),
        Route("/v1/uploads", service.options, methods=["OPTIONS"]),
        Route("/v1/uploads", service.create, methods=["POST"]),
        Route("/v1/uploads/{digest}", service.offset, methods=["HEAD"]),
        Route("/v1/uploads/{digest}", service.append, methods=["PATCH"]),
        Route("/v1/packages/{digest}/accept", service.accept, methods=["POST"]),
        Route("/v1/packages/{digest}/receipt", service.receipt, methods=["GET"]),
    ]
    handlers = {HTTPException: _said, Known: _known}
    return Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]


class _Service:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._uploads = _Uploads(office.uploads)
        self._nonces: OrderedDict[str, None] = OrderedDict()
        self._nonces_lock = threading.Lock()

    async def standing(self, request: Request) -> Response:
        station, nonce, _ = await self._asked(request)
        return _document(await run_in_threadpool(self._office.standing, station, nonce))

    async def options(self, request: Request) -> Response:
        extensions = {
            "Tus-Version": "1.0.0",
            "Tus-Extension": "creation,checksum",
            "Tus-Checksum-Algorithm": "sha256",
            "Tus-Max-Size": str(MOST_PACKAGE),
        }
        return Response(status_code=204, headers={**TUS, **extensions})

    async def create(self, request: Request) -> Response:
        station, _, _ = await self._asked(request)
        length = _number(request, "upload-length")
        if length > MOST_PACKAGE or length <= HEADER_SIZE:
            raise HTTPException(413, "size")
        digest = _metadata_digest(request.headers.get("upload-metadata", ""))
        offset = await run_in_threadpool(self._uploads.create, station, digest, length)
        place = {"Location": f"/v1/uploads/{digest}", "Upload-Offset": str(offset)}
        return Response(status_code=201, headers={**TUS, **place})

    async def offset(self, request: Request) -> Response:
        station, _, _ = await self._asked(request)
        file, length = await run_in_threadpool(self._uploads.find, station, _digest(request))
        facts = {
            "Upload-Offset": str(file.stat().st_size),
            "Upload-Length": str(length),
            "Cache-Control": "no-store",
        }
        return Response(status_code=200, headers={**TUS, **facts})

    async def append(self, request: Request) -> Response:
        if request.headers.get("content-type") != "application/offset+octet-stream":
            raise HTTPException(415, "content_type")
        offset = _number(request, "upload-offset")
        station, _, body = await self._asked(request)
        algorithm, _, checksum = request.headers.get("upload-checksum", "").partition(" ")
        if algorithm != "sha256" or checksum != base64.b64encode(hashlib.sha256(body).digest()).decode():
            raise HTTPException(460, "checksum")
        now_at = await run_in_threadpool(self._uploads.append, station, _digest(request), offset, body)
        return Response(status_code=204, headers={**TUS, "Upload-Offset": str(now_at)})

    async def accept(self, request: Request) -> Response:
        station, _, _ = await self._asked(request)
        return await run_in_threadpool(self._accept, station, _digest(request))

    async def receipt(self, request: Request) -> Response:
        station, _, _ = await self._asked(request)
        receipt = await run_in_threadpool(self._office.receipt, station, _digest(request))
        if receipt is None:
            raise HTTPException(404, "no_receipt")
        return _document(receipt)

    def _accept(self, station: str, digest: str) -> Response:
        # What is checked must be what is kept: the file does not change under the office's hands.
        with self._uploads.held(station):
            return self._accept_held(station, digest)

    def _accept_held(self, station: str, digest: str) -> Response:
        if receipt := self._office.receipt(station, digest):
            self._uploads.remove(station, digest)
            return _document(receipt)
        file, length = self._uploads.find(station, digest)
        if file.stat().st_size != length:
            raise HTTPException(409, "unfinished")
        with file.open("rb") as opened:
            block = opened.read(HEADER_SIZE)
        if hashlib.sha256(block).hexdigest() != digest:
            self._uploads.remove(station, digest)
            raise HTTPException(422, "digest")
        try:
            answer = self._office.accept(file)
        except PackageDamaged:
            self._uploads.remove(station, digest)
            raise
        refusal = _refusal(answer)
        if refusal is None or refusal.reason not in answers.PASSING or refusal.reason == answers.DAMAGED:
            self._uploads.remove(station, digest)
        return _document(answer, 200 if refusal is None else 409)

    async def _asked(self, request: Request) -> tuple[str, str, bytes]:
        """(station, nonce, body) of a request whose signature holds. The body is bounded before it is read."""
        if request.headers.get("tus-resumable", "1.0.0") != "1.0.0":
            raise HTTPException(412, "tus_version")
        body, size = bytearray(), 0
        async for piece in request.stream():
            size += len(piece)
            if size <= MOST_CHUNK:
                body += piece
            elif size > 4 * MOST_CHUNK:
                break  # a little too much is read to its end, so that the sender hears why
        if size > MOST_CHUNK:
            raise HTTPException(413, "chunk")
        station, nonce = await run_in_threadpool(self._verify, request, bytes(body))
        return station, nonce, bytes(body)

    def _verify(self, request: Request, body: bytes) -> tuple[str, str]:
        headers = dict(request.headers)
        station, nonce = verify(
            request.method,
            str(request.url),
            headers,
            body,
            headquarters=self._office.id,
            key_of=self._office.key_of,
        )
        with self._nonces_lock:
            if f"{station}/{nonce}" in self._nonces:
                raise RequestUnsigned()
            self._nonces[f"{station}/{nonce}"] = None
            if len(self._nonces) > _NONCES:
                self._nonces.popitem(last=False)
        return station, nonce


class _Uploads:
    """Half-sent packages: `<station>-<digest>.<length>`; the offset is the size of the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def held(self, station: str) -> threading.Lock:
        """One station's uploads are changed by one request at a time."""
        return self._locks[station]

    def create(self, station: str, digest: str, length: int) -> int:
        """Begins an upload, or finds the one begun; returns its offset."""
        with self.held(station):
            path = self._folder / f"{station}-{digest}.{length}"
            if not path.exists():
                if len(list(self._folder.glob(f"{station}-*"))) >= MOST_UPLOADS:
                    self._drop_oldest(station)
                with disk_faults(path):
                    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                    sync_folder(self._folder)
            return path.stat().st_size

    def find(self, station: str, digest: str) -> tuple[Path, int]:
        for path in self._folder.glob(f"{station}-{digest}.*"):
            return path, int(path.suffix[1:])
        raise HTTPException(404, "no_upload")

    def append(self, station: str, digest: str, offset: int, data: bytes) -> int:
        with self.held(station):
            path, length = self.find(station, digest)
            if path.stat().st_size != offset:
                raise HTTPException(409, "offset")
            if offset + len(data) > length:
                raise HTTPException(413, "length")
            with disk_faults(path), path.open("r+b", buffering=0) as file:
                file.seek(offset)
                try:
                    file.write(data)
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(offset)
                    raise
            return offset + len(data)

    def remove(self, station: str, digest: str) -> None:
        for path in self._folder.glob(f"{station}-{digest}.*"):
            path.unlink(missing_ok=True)

    def _drop_oldest(self, station: str) -> None:
        """An abandoned upload makes room: its station can always send it anew."""
        oldest = min(self._folder.glob(f"{station}-*"), key=lambda path: path.stat().st_mtime)
        oldest.unlink(missing_ok=True)


def _refusal(answer: bytes) -> answers.Refusal | None:
    try:
        return envelope.peek(answer, answers.Refusal)
    except envelope.SignatureInvalid:
        return None


def _document(data: bytes, status: int = 200) -> Response:
    return Response(data, status, media_type="application/json")


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not re.fullmatch(r"\d{1,15}", text):
        raise HTTPException(400, header)
    return int(text)


def _digest(request: Request) -> str:
    digest = str(request.path_params["digest"])
    if not _DIGEST.fullmatch(digest):
        raise HTTPException(404, "no_such")
    return digest


def _metadata_digest(metadata: str) -> str:
    for pair in metadata.split(","):
        name, _, value = pair.strip().partition(" ")
        if name == "digest":
            try:
                digest = base64.b64decode(value, validate=True).decode("ascii")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise HTTPException(400, "upload-metadata") from error
            if _DIGEST.fullmatch(digest):
                return digest
    raise HTTPException(400, "upload-metadata")


async def _said(request: Request, error: HTTPException) -> Response:
    return JSONResponse({"reason": error.detail}, error.status_code, headers=TUS)


async def _known(request: Request, error: Known) -> Response:
    status = {RequestUnsigned: 401, StationUnknown: 403, PackageDamaged: 422, DiskFull: 507}.get(type(error), 500)
    return JSONResponse({"reason": type(error).__name__, "number": error.number}, status, headers=TUS)
