"""Verbs of the debate, a file for each subject."""
