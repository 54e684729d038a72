"""Reads that return dataclasses ready for a page. The caller has asked ``access`` before."""
