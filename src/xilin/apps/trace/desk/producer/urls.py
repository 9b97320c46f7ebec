"""Addresses of the producers' desk."""

from django.urls import path

from xilin.apps.trace.desk.producer import event_views, look_views, sheet_views, views

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
    path("looks/", look_views.every, name="looks"),
    path("looks/alerts/<int:pk>/", look_views.one, name="alert"),
    path("looks/alerts/<int:pk>/explain/", look_views.explain, name="explain"),
    path("looks/alerts/<int:pk>/case/", look_views.take, name="take"),
    path("sheets/", sheet_views.every, name="sheets"),
    path("sheets/template/", sheet_views.empty, name="sheet_template"),
    path("sheets/<int:pk>/", sheet_views.one, name="sheet"),
    path("sheets/<int:pk>/keep/", sheet_views.keep, name="sheet_keep"),
    path("sheets/<int:pk>/give-up/", sheet_views.give_up, name="sheet_give_up"),
    path("sheets/<int:pk>/rows/", sheet_views.rows, name="sheet_rows"),
]
