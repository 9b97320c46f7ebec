"""Addresses of this part of the goods' desk."""

from django.urls import URLPattern

app_name = "regulator"
urlpatterns: list[URLPattern] = []
