"""``{% draw_map map %}``: a ``MapView`` on the page."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from amiral.kit import maps

register = template.Library()


@register.inclusion_tag("kit/map_figure.html")
def draw_map(view: maps.MapView) -> dict[str, object]:
    """The figure: an inline SVG, its legend and its words."""
    drawing = maps.draw(view)
    return {
        "map": view,
        "drawing": drawing,
        "width": maps.SHEET_WIDTH,
        "strokes": _joined(map(_stroke, drawing.strokes)) if drawing else "",
        "numbers": _joined(map(_number, drawing.numbers)) if drawing else "",
    }


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _stroke(stroke: maps.Stroke) -> SafeString:
    """Markup by hand: a template of thousands of lines would cost more than the query behind it."""
    title = format_html("<title>{}</title>", stroke.label) if stroke.label else ""
    path = format_html(
        '<path class="{} shape-{}" d="{}">{}</path>', stroke.classes, stroke.kind, stroke.d, title
    )
    if not stroke.href:
        return path
    return format_html('<a href="{}" aria-label="{}">{}</a>', stroke.href, stroke.label, path)


def _number(number: maps.Number) -> SafeString:
    own = format_html(' class="{}"', number.classes) if number.classes else ""
    return format_html('<text x="{}" y="{}"{}>{}</text>', number.x, number.y, own, number.text)
