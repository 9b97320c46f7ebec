"""Addresses of the portal."""

from django.urls import path

from xilin.apps.portal.views import catalogue, indicators, public

app_name = "portal"
urlpatterns = [
    path("", public.home, name="home"),
    path("about/", public.about, name="about"),
    path("catalogue/", catalogue.search, name="catalogue"),
    path("catalogue.jsonld", catalogue.dcat_catalogue, name="dcat"),
    path("catalogue/<slug:code>/", catalogue.resource, name="resource"),
    path("indicators/", indicators.every, name="indicators"),
    path("indicators/<slug:code>/", indicators.one, name="indicator"),
    path("registries/", public.about, name="registries"),
    path("quality/", public.about, name="quality"),
    path("cockpit/", public.about, name="cockpit"),
    path("audit/", public.about, name="audit"),
    path("desk/", public.about, name="desk"),
    path("desk/ask/<slug:code>/", public.about, name="ask"),
]
