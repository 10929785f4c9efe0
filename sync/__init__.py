"""sync/__init__.py — what leaves the house, and headquarters. Imports storage and resources."""
