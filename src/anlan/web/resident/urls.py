"""Addresses of the resident's face."""

from django.urls import path

from anlan.web.resident import alike, messages, own_data, reading, report, track

urlpatterns = [
    path("", report.home, name="home"),
    path("report/suggestions", report.suggestions, name="suggestions"),
    path("report/places", report.place_choices, name="place_choices"),
    path("report/spot", report.spot, name="spot"),
    path("report/alike", alike.look, name="alike"),
    path("reported/<str:tracking_code>/join", alike.join, name="join"),
    path("reported/<str:tracking_code>", track.reported, name="reported"),
    path("track", track.find, name="track"),
    path("track/<str:tracking_code>", track.tracking, name="tracking"),
    path("track/<str:tracking_code>/rate", track.rate, name="rate"),
    path("track/<str:tracking_code>/message", messages.write, name="write"),
    path("text-size", reading.switch, name="text_size"),
    path("track/<str:tracking_code>/data", own_data.show, name="own_data"),
    path("track/<str:tracking_code>/data/export", own_data.export, name="export_own_data"),
    path("track/<str:tracking_code>/data/erase", own_data.erase, name="erase_own_data"),
    path(
        "track/<str:tracking_code>/photos/<uuid:document_id>/<str:size>",
        track.photo,
        name="own_photo",
    ),
]
