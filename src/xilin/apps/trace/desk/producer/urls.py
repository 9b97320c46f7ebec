"""Addresses of the producers' desk."""

from django.urls import path

from xilin.apps.trace.desk.producer import event_views, views

app_name = "producer"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("batches/", views.batches, name="batches"),
    path("batches/order/", views.order, name="order"),
    path("batches/<int:pk>/", views.batch, name="batch"),
    path("batches/<int:pk>/act/", views.act, name="act"),
    path("batches/<int:pk>/files/", views.order_file, name="order_file"),
    path("batches/<int:pk>/files/<int:file>/", views.fetch, name="fetch"),
    path("batches/<int:pk>/forget/", views.forget, name="forget"),
    path("events/", event_views.every, name="events"),
    path("events/<int:pk>/", event_views.one, name="event"),
]
