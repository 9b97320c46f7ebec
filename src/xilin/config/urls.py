"""Every address of the web process."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from xilin.apps.portal.views.session import SignIn, SignOut
from xilin.web.beside import beside
from xilin.web.wiring import offer_pages

offer_pages()

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/goods/", include("xilin.apps.trace.desk.urls")),
    path("desk/problems/", include("xilin.apps.problems.desk_urls")),
    path("problems/", include("xilin.apps.problems.urls")),
    path("", include("xilin.apps.portal.urls")),
    path("sdmx/", include("xilin.kernel.economy.urls")),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", SignOut.as_view(), name="logout"),
    path("language/beside/", beside, name="beside"),
    path("language/", include("django.conf.urls.i18n")),
    path("", include("xilin.web.urls")),
    path("admin/", admin.site.urls),
    path("handheld/", include("xilin.apps.trace.handheld.urls")),
    path("", include("xilin.apps.trace.consumer.urls")),
    path("api/places/", include("xilin.kernel.places.urls")),
]
