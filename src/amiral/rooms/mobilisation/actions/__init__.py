"""Verbs: ``lead`` for those who hold actions, ``places`` for those who come, ``letters`` to tell them."""
