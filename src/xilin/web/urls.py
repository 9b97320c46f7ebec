"""Addresses of the site itself."""

from django.urls import path

from xilin.web import views

app_name = "web"
urlpatterns = [
    path("theme/", views.theme, name="theme"),
    path("design/", views.design, name="design"),
]
