"""Safe HTML, as ``kit.markdown`` writes it, made into text that keeps its paragraphs and lists."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"blockquote", "h2", "h3", "h4", "hr", "ol", "p", "pre", "table", "ul"})
_CELLS = frozenset({"td", "th"})


def to_text(html: str) -> str:
    """Paragraphs with a blank line between them, a line for each item of a list; no addresses of links."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = re.sub(r"[ \t]*\n[ \t]*", "\n", re.sub(r"[ \t]+", " ", "".join(reader.parts)))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.numbers: list[int | None] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n\n")
        if tag in {"ol", "ul"}:
            self.numbers.append(0 if tag == "ol" else None)
        elif tag in {"br", "tr"}:
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append(f"\n{self._sign()} ")

    def _sign(self) -> str:
        if not self.numbers or self.numbers[-1] is None:
            return "–"
        self.numbers[-1] += 1
        return f"{self.numbers[-1]}."

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ol", "ul"} and self.numbers:
            self.numbers.pop()
        if tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag in _CELLS:
            self.parts.append(" · ")

    def handle_data(self, data: str) -> None:
        self.parts.append(re.sub(r"\s+", " ", data))
