"""Addresses of the desk of goods."""

from django.urls import include, path

from xilin.apps.trace.desk import views

app_name = "goods"
urlpatterns = [
    path("", views.goods, name="goods"),
    path("alerts/<int:pk>/close/", views.close, name="close"),
    path("trace/", include("xilin.apps.trace.desk.tracing.urls")),
    path("producer/", include("xilin.apps.trace.desk.producer.urls")),
    path("regulator/", include("xilin.apps.trace.desk.regulator.urls")),
    path("releases/", include("xilin.apps.trace.desk.releases.urls")),
]
