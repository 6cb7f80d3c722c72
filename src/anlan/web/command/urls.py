"""Addresses of the boards of those who command."""

from django.urls import path

from anlan.web.command import board

app_name = "command"
urlpatterns = [
    path("", board.own_board, name="own"),
    path("<str:code>", board.show_board, name="board"),
    path("<str:code>/csv", board.export_board, name="export"),
]
