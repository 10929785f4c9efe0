"""ui/__init__.py — what people see; the only Qt. Imports app, and from storage only records and errors."""
