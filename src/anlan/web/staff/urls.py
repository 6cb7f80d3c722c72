"""Addresses that every signed-in person uses."""

from django.urls import path

from anlan.web.staff import notices, own_data, sign_in

app_name = "staff"
urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("own-data", own_data.export, name="own_data"),
    path("notices/", notices.list_notices, name="notices"),
    path("notices/read", notices.mark_read, name="mark_read"),
    path("notices/<uuid:notice_id>", notices.open_notice, name="open_notice"),
]
