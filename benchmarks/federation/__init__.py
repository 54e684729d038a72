"""Thirty steps between this product and real servers of the fediverse: see docs/federation.md."""
