"""Reads: ``cards`` for other rooms, ``pages`` for our own, ``calendars`` for calendar programs."""
