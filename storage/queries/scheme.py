"""storage/queries/scheme.py — categories, numbering profiles, rules of retention, storage places: the reads."""

from __future__ import annotations

from storage.queries.base import Reading


class SchemeReads(Reading):
    """Categories, numbering profiles, rules of retention, storage places."""
