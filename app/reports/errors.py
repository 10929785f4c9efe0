"""app/reports/errors.py — what can be wrong with a wish for a report. Numbers 3xx."""

from __future__ import annotations

from storage.errors import Known


class UnknownReport(Known):
    """No report has this name. Facts: name, names."""

    number = 301


class BadWish(Known):
    """A wish the report does not know, or a value it cannot take. Facts: field, value."""

    number = 302
