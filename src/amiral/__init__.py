"""Amiral: the platform a campaign runs on its own machine."""

__version__ = "0.1.0"
