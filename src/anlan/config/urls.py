"""Every address of the product: the API's two, then the faces."""

from django.urls import URLPattern, URLResolver, include, path

from anlan.web import language, maps

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("anlan.api.urls")),
    path("open311/v2/", include("anlan.api.open311.urls")),
    path("", include("anlan.web.resident.urls")),
    path("", include("anlan.web.staff.urls")),
    path("desk/", include("anlan.web.desk.urls")),
    path("field/", include("anlan.web.field.urls")),
    path("language", language.switch, name="language"),
    path("map/<str:code>/<str:level>.geojson", maps.outlines, name="outlines"),
]
