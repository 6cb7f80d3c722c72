"""Addresses of the field."""

from django.urls import path

from anlan.web.field import acts, cases, contact, phone, photos, position, report, today

app_name = "field"
urlpatterns = [
    path("", today.today, name="today"),
    path("sw.js", phone.worker, name="worker"),
    path("script-<slug:version>.js", phone.script, name="script"),
    path("manifest.webmanifest", phone.manifest, name="manifest"),
    path("offline", phone.offline, name="offline"),
    path("left", phone.left, name="left"),
    path("keep", acts.keep, name="keep"),
    path("acts", acts.take, name="acts"),
    path("position", position.send, name="send_position"),
    path("position/on", position.switch_on, name="switch_on"),
    path("position/off", position.switch_off, name="switch_off"),
    path("report", report.report, name="report"),
    path("cases/<uuid:case_id>", cases.show_case, name="case"),
    path("cases/<uuid:case_id>/moves/<slug:move>", cases.move_case, name="move"),
    path(
        "cases/<uuid:case_id>/signals/<uuid:signal_id>/contact",
        contact.open_contact,
        name="contact",
    ),
    path("cases/<uuid:case_id>/signals/<uuid:signal_id>/call", contact.call, name="call"),
    path("photos/<uuid:document_id>", photos.photo, name="photo"),
    path("photos/<uuid:document_id>/small", photos.photo, {"is_small": True}, name="small_photo"),
    path("dispatches/<uuid:dispatch_id>/finish", cases.finish, name="finish"),
    path("dispatches/<uuid:dispatch_id>/<slug:move>", cases.move_dispatch, name="dispatch"),
]
