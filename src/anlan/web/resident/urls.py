"""Addresses of the resident's face."""

from django.urls import path

from anlan.web.resident import report, track

urlpatterns = [
    path("", report.home, name="home"),
    path("report/suggestions", report.suggestions, name="suggestions"),
    path("report/places", report.place_choices, name="place_choices"),
    path("report/spot", report.spot, name="spot"),
    path("reported/<str:tracking_code>", track.reported, name="reported"),
    path("track", track.find, name="track"),
    path("track/<str:tracking_code>", track.tracking, name="tracking"),
    path("track/<str:tracking_code>/rate", track.rate, name="rate"),
    path(
        "track/<str:tracking_code>/photos/<uuid:document_id>/<str:size>",
        track.photo,
        name="own_photo",
    ),
]
