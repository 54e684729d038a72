"""``{% draw_map map %}``: a ``MapView`` on the page."""

from django import template

from amiral.kit import maps

register = template.Library()


@register.inclusion_tag("kit/map_figure.html")
def draw_map(view: maps.MapView) -> dict[str, object]:
    """The figure: an inline SVG, its legend and its words."""
    return {"map": view, "drawing": maps.draw(view), "width": maps.SHEET_WIDTH}
