"""ui/screens/__init__.py — the screens, one file each."""
