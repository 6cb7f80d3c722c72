"""Every address of the product: the API's two, those for operators, then the faces."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("anlan.api.urls")),
    path("open311/v2/", include("anlan.api.open311.urls")),
    path("", include("anlan.config.operating.urls")),
    path("", include("anlan.web.urls")),
]

handler400 = "anlan.web.errors.show_bad_request"
handler403 = "anlan.web.errors.show_forbidden"
handler404 = "anlan.web.errors.show_missing"
handler500 = "anlan.web.errors.show_broken"
