"""storage/search/__init__.py — finding records: Whoosh segments in an encrypted database, scored in bulk."""
