"""Addresses of this part of the goods' desk."""

from django.urls import URLPattern

app_name = "tracing"
urlpatterns: list[URLPattern] = []
