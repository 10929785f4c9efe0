"""sync/headquarters/service.py — runs the ASGI service: uvicorn with TLS on one address.

`Service` runs in a thread of this process (demonstration, tests); `serve` holds the calling thread until it is told to
stop (Ctrl-C, SIGTERM). The socket is bound before the server starts, so port 0 gives a free port that is known at once.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

import uvicorn

from storage.errors import Known
from sync.headquarters.api import application
from sync.headquarters.office import Office


class AddressTaken(Known):
    """The address or port cannot be bound."""

    number = 426


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


class Service:
    """`with Service(folder) as service: service.url`."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        """Raises NotHeadquarters, AddressTaken."""
        self.office = Office(folder)
        try:
            self._socket = _bind(host, port)
        except Known:
            self.office.close()
            raise
        self.url = _url(self._socket)
        self._started = threading.Event()
        self._server = _Server(_configuration(self.office), self._started.set)
        self._thread = threading.Thread(target=self._run, name="headquarters", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
        self.office.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._started.set()


def serve(folder: Path, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serves until stopped. `ready(url)` is called once requests are answered. Raises NotHeadquarters, AddressTaken."""
    office = Office(folder)
    try:
        bound = _bind(host, port)
        with bound:
            _Server(_configuration(office), lambda: ready(_url(bound))).run(sockets=[bound])
    finally:
        office.close()


def _configuration(office: Office) -> uvicorn.Config:
    certificate, key = office.tls
    return uvicorn.Config(
        application(office),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=256,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=16 << 10,
        http="h11",
        ws="none",
        loop="asyncio",
    )


def _bind(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=_family(host), backlog=256)
    except OSError as error:
        raise AddressTaken(address=f"{host}:{port}") from error


def _family(host: str) -> socket.AddressFamily:
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        return socket.AF_INET
    return socket.AF_INET6 if version == 6 else socket.AF_INET


def _url(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
