"""tests/plays/__init__.py — small lives of the archive, one for each room of changes: every method is called once.

A module here has `play(house, act)`; `act(name, step)` runs `step(change)` in a transaction of its own, insists that the last
event it wrote is called `name`, and gives back what the step returned.
"""
