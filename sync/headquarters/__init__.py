"""sync/headquarters/__init__.py — the other end: what the command line and the demonstration need of it.

Each function opens the headquarters folder and closes it again; a running service and these may work on one folder at
the same time. See office.py for what is taken in and why. What headquarters is made of (a web server, an SQL toolkit) is
imported only when one of these is called: a station starts without it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.headquarters.counter import Received
    from sync.headquarters.service import Service


def create(folder: Path, name: str, url: str, *, register: str = "", vault: str = "") -> None:
    """Founds a headquarters that stations reach at `url` (https). `register` and `vault` are URLs of a database and an
    object store; empty means inside the folder. Raises AlreadyHeadquarters, AddressInvalid, DiskFull, ReadOnly."""
    from sync.headquarters.office import Office

    Office.create(folder, name, url, register=register, vault=vault).close()


def enrol(folder: Path, station_file: Path, url: str | None = None) -> bytes:
    """Registers a station by its `station.json` and returns the enrolment file it must be given. `url` overrides the
    address for this station. Raises NotHeadquarters, StationFileInvalid, AddressInvalid, FileUnreadable."""
    from sync.headquarters.office import Office

    office = Office(folder)
    try:
        return office.enrol(station_file, url)
    finally:
        office.close()


def serve(
    folder: Path, host: str = "127.0.0.1", port: int = 8443, ready: Callable[[str], None] = lambda _: None
) -> None:
    """Serves until Ctrl-C or SIGTERM; `ready(url)` is called once requests are answered. Raises NotHeadquarters,
    AddressTaken."""
    from sync.headquarters.service import serve

    serve(folder, host, port, ready)


def running(folder: Path, host: str = "127.0.0.1", port: int = 0) -> Service:
    """A service in a thread of this process: `with running(folder) as service: service.url`."""
    from sync.headquarters.service import Service

    return Service(folder, host, port)


def receive(folder: Path, directory: Path) -> list[Received]:
    """Takes in every package on a carrier and writes the answers beside them. Raises NotHeadquarters, DiskFull."""
    from sync.headquarters.counter import receive

    return receive(folder, directory)


def status(folder: Path) -> dict[str, object]:
    """Stations with their counts, and alarms, as plain data. Raises NotHeadquarters."""
    from sync.headquarters.office import Office

    office = Office(folder)
    try:
        return office.status()
    finally:
        office.close()
