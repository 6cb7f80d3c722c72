"""Addresses of the faces: the resident's at the top, those of staff below names of their own."""

from django.urls import URLPattern, URLResolver, include, path

from anlan.web import language, maps

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("anlan.web.resident.urls")),
    path("", include("anlan.web.staff.urls")),
    path("", include("anlan.web.account.urls")),
    path("desk/", include("anlan.web.desk.urls")),
    path("field/", include("anlan.web.field.urls")),
    path("language", language.switch, name="language"),
    path("map/outlines/<str:code>/<str:level>", maps.outlines, name="outlines"),
]
