"""Addresses of the faces: the resident's at the top, those of staff below names of their own."""

from django.urls import URLPattern, URLResolver, include, path

from anlan.web import design, language, maps
from anlan.web.command import board

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("anlan.web.resident.urls")),
    path("", include("anlan.web.staff.urls")),
    path("", include("anlan.web.account.urls")),
    path("desk/", include("anlan.web.desk.urls")),
    path("field/", include("anlan.web.field.urls")),
    path("command/", include("anlan.web.command.urls")),
    path("board", board.first_public_board, name="first_public_board"),
    path("board/<str:code>", board.show_public_board, name="public_board"),
    path("board/<str:code>/csv", board.export_public_board, name="export_public_board"),
    path("design", design.show_design, name="design"),
    path("language", language.switch, name="language"),
    path("map/outlines/<str:code>/<str:level>", maps.outlines, name="outlines"),
]
