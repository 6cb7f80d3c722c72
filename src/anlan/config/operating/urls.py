"""Addresses for those who run an installation."""

from django.urls import path

from anlan.config.operating import health, metrics

app_name = "operating"
urlpatterns = [
    path("metrics", metrics.metrics, name="metrics"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
]
