"""ui/models/__init__.py — what lists and tables show: paged and short models, columns and choices as data, page pictures."""
