"""Addresses of this part of the goods' desk."""

from django.urls import URLPattern

app_name = "producer"
urlpatterns: list[URLPattern] = []
