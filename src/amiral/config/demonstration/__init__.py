"""The living demonstration: fictional persons in real places, built through the rooms' own doors."""
