"""ui/widgets/__init__.py — the parts screens are made of."""
