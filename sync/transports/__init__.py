"""sync/transports/__init__.py — the ways to headquarters. A new way is a class here and an entry in TRANSPORTS.

A transport carries package files unchanged and brings back headquarters' signed answers unread: what they say is judged
in sync/exchange.py. Package states and receipts are the same whichever way they went.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from storage.records import Package
from sync.answers import Enrolment, Standing
from sync.transports.carrier import Carrier
from sync.transports.https import Https
from sync.transports.signed import Signer


class Transport(Protocol):
    name: str

    def standing(self) -> Standing | None:
        """How headquarters sees the station now, verified; None where nobody can be asked."""

    def answer(self, package: Package) -> bytes | None:
        """An answer that is already there for a package sent before."""

    def send(self, package: Package, file: Path, step: Callable[[int, int], None]) -> bytes | None:
        """Hands a package over; returns headquarters' answer where it comes at once."""

    def close(self) -> None: ...


#: name -> way. `carrier` needs a folder, `https` the address in the enrolment.
TRANSPORTS: dict[str, Callable[[Enrolment, Signer, Path | None], Transport]] = {
    Https.name: lambda enrolment, signer, _: Https(enrolment, signer),
    Carrier.name: lambda _, signer, folder: Carrier(folder, signer),
}


def choose(enrolment: Enrolment, signer: Signer, carrier: Path | None) -> Transport:
    """The carrier in this folder, or the line. Raises CarrierMissing."""
    return TRANSPORTS[Https.name if carrier is None else Carrier.name](enrolment, signer, carrier)
