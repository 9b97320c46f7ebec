"""Addresses of the service of places."""

from django.urls import path

from xilin.kernel.places.api import views

app_name = "places"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("conformance", views.conformance, name="conformance"),
    path("openapi.json", views.description, name="openapi"),
    path("collections", views.collections, name="collections"),
    path("collections/<slug:code>", views.collection, name="collection"),
    path("collections/<slug:code>/items", views.items, name="items"),
    path("collections/<slug:code>/items/<int:pk>", views.item, name="item"),
    path("collections/<slug:code>/tiles", views.tilesets, name="tilesets"),
    path("tiles/<slug:code>/<int:zoom>/<int:column>/<int:row>.mvt", views.tile, name="tile"),
    path("addresses", views.address, name="address"),
    path("codes/<slug:code>", views.meaning, name="meaning"),
    path("<path:rest>", views.nothing),
]
