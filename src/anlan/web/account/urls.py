"""Addresses of one's own account, and of the steps that signing in may still ask for."""

from django.urls import path

from anlan.web.account import overview, passwords

app_name = "account"
urlpatterns = [
    path("account/", overview.show, name="overview"),
    path("account/password", passwords.change, name="password"),
    path("sign-in/password", passwords.choose_first, name="first_password"),
]
