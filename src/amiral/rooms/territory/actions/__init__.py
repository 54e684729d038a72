"""Verbs of this room: loading the official geography, importing addresses and streets."""

from amiral.rooms.territory.actions.referential import load_referential

__all__ = ["load_referential"]
