"""app/__init__.py — what the station does; no Qt, no SQL. Imports sync, storage and resources."""
