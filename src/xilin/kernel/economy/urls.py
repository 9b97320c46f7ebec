"""Addresses of the SDMX service."""

from django.urls import path

from xilin.kernel.economy import api

app_name = "economy"
urlpatterns = [
    path("2.1/<path:rest>", api.service, {"version": "2.1"}, name="sdmx21"),
    path("3.0/<path:rest>", api.service, {"version": "3.0"}, name="sdmx30"),
]
