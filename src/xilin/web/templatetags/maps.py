"""`{% map %}`: a small map on any page, over whatever the page says without one."""

from django import template
from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from xilin.web import maps

register = template.Library()
GIVEN = ("on", "picks", "label")


class SmallMap(Node):
    """A small map: `on` says its layers as in the address of the map, `picks` names two fields that a point goes into."""

    def __init__(self, given: dict[str, FilterExpression], inner: NodeList) -> None:
        self.given = given
        self.nodelist = inner

    def render(self, context: Context) -> SafeString:
        """The element that the script fills; what stands in it stays where no map can be drawn."""
        said = {name: self.given[name].resolve(context) if name in self.given else "" for name in GIVEN}
        return format_html(
            '<div class="small-map" data-layers="{}" data-library="{}" data-worker="{}" data-on="{}" data-label="{}"{}>'
            '<link rel="stylesheet" href="{}"><div class="small-drawn">{}</div></div>'
            '<script src="{}" type="module"></script>',
            maps.address(),
            static("vendor/maplibre-gl/maplibre-gl.mjs"),
            static("vendor/maplibre-gl/maplibre-gl-worker.mjs"),
            said["on"],
            said["label"],
            format_html(' data-picks="{}"', said["picks"]) if said["picks"] else "",
            static("web/map.css"),
            self.nodelist.render(context),
            static("web/map/small.js"),
        )


@register.simple_tag
def map_link(on: str) -> str:
    """The address of the map with these layers: `counties,chains:looks`."""
    return maps.link(on)


@register.tag("map")
def small_map(parser: Parser, token: Token) -> SmallMap:
    """`{% map on="counties,indicator:people_total" label=… %}…{% endmap %}`, or `picks="longitude latitude"`."""
    name, *bits = token.split_contents()
    given = token_kwargs(bits, parser)
    strange = [*bits, *(key for key in given if key not in GIVEN)]
    if strange:
        raise template.TemplateSyntaxError(f"{name} doesn't know {strange[0]}; it knows {', '.join(GIVEN)}.")
    inner = parser.parse(("endmap",))
    parser.delete_first_token()
    return SmallMap(given, inner)
