"""storage/__init__.py — what is true, and what happened. Imports resources."""
