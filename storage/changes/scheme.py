"""storage/changes/scheme.py — categories, numbering profiles, rules of retention, storage places: the events that change them."""

from __future__ import annotations

from storage.changes.base import Writing


class SchemeChanges(Writing):
    """Categories, numbering profiles, rules of retention, storage places."""
