"""Addresses under /open311/v2: every resource as .json and as .xml."""

from __future__ import annotations

from django.urls import URLPattern, re_path

from anlan.api.open311 import views

_FORM = r"\.(?P<form>json|xml)$"
_CODE = r"(?P<code>[^/]{1,64}?)"

urlpatterns: list[URLPattern] = [
    re_path(rf"^discovery{_FORM}", views.discovery, name="discovery"),
    re_path(rf"^services{_FORM}", views.services, name="services"),
    re_path(rf"^services/{_CODE}{_FORM}", views.service, name="service"),
    re_path(rf"^requests{_FORM}", views.requests, name="requests"),
    re_path(rf"^requests/{_CODE}{_FORM}", views.request_one, name="request"),
    re_path(rf"^tokens/{_CODE}{_FORM}", views.token, name="token"),
]
