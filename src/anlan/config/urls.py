"""Every address of the product, by face."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("anlan.api.urls")),
    path("open311/v2/", include("anlan.api.open311.urls")),
]
