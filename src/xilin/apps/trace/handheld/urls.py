"""Addresses of the handheld."""

from django.urls import path

from xilin.apps.trace.handheld import views

app_name = "handheld"
urlpatterns = [
    path("", views.shell, name="shell"),
    path("worker.js", views.worker, name="worker"),
    path("eye.js", views.eye, name="eye"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("me", views.me, name="me"),
    path("events", views.events, name="events"),
]
