"""Measurements of the debate: votes that reach the disk, one's own place on a large map."""
