"""Addresses of releases of codes."""

from django.urls import URLPattern, path

from xilin.apps.trace.desk.releases import views

app_name = "releases"
urlpatterns: list[URLPattern] = [
    path("", views.releases, name="releases"),
    path("<slug:number>/", views.decide, name="decide"),
]
