"""Tables of the room. Personal data and secrets at rest (e-mail, callback and TOTP secrets) are sealed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from anlan.kernel.ids import new_id


class Person(models.Model):
    """An account of somebody who works with the platform."""

    id = models.UUIDField(primary_key=True, default=new_id)
    login = models.TextField(unique=True)
    password = models.TextField()
    name = models.TextField()
    email_sealed = models.BinaryField(default=bytes, blank=True)
    locale = models.TextField(default="zh-hans")
    is_active = models.BooleanField(default=True)
    failed_count = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    initial_until = models.DateTimeField(null=True, blank=True)
    """Set while the password is one that somebody else gave; until then it is good for choosing one's own."""
    is_demo = models.BooleanField(default=False, db_default=False)
    """An account of the demo county: its password is printed, so it is held to less."""

    def __str__(self) -> str:
        return self.login


class SignIn(models.Model):
    """One browser that has signed in. The token itself is only in the browser's cookie."""

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sign_ins")
    token_digest = models.TextField(unique=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    user_agent = models.TextField(default="", blank=True)
    step = models.TextField(default="", db_default="", blank=True)
    """What must be done before it opens any door (`rules.Step`); empty once it does."""
    means = models.TextField(default="", db_default="", blank=True)
    """By what (`rules.Means`)."""
    proved_at = models.DateTimeField(null=True, blank=True)
    """When its holder last showed by the strongest means he has that it is he."""
    organisation = models.TextField(default="", db_default="", blank=True)
    """Code of the organisation it came through; empty for others."""
    duty = models.ForeignKey("Duty", on_delete=models.SET_NULL, null=True, related_name="+")
    """The one duty he works in just now; without it, all he has."""

    def __str__(self) -> str:
        return str(self.id)


class Totp(models.Model):
    """An authenticator app. Its secret is sealed; last_interval is the newest whose code was taken."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True)
    secret_sealed = models.BinaryField()
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_interval = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.person_id)


class RecoveryCode(models.Model):
    """A code that serves once in place of a second factor; only its salted digest is kept."""

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    digest = models.TextField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class Passkey(models.Model):
    """A public key whose private half never leaves somebody's device."""

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField()
    name = models.TextField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class Challenge(models.Model):
    """What a browser is asked to sign, once and soon. person is absent for a sign-in that begins."""

    id = models.UUIDField(primary_key=True, default=new_id)
    purpose = models.TextField()
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    challenge = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.id)


class OrganisationLink(models.Model):
    """An account of an organisation whose holder is let into an account here. `subject`: its `sub`."""

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    issuer = models.TextField()
    subject = models.TextField()
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], name="people_organisationlink_subject"
            ),
            models.UniqueConstraint(
                fields=["person", "issuer"], name="people_organisationlink_person"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Recovery(models.Model):
    """Somebody who begins anew at a counter: who asked for him, and who confirmed."""

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField(db_index=True)
    confirmed_by = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class Duty(models.Model):
    """A responsibility: person × role × place × department, from a local date until another."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="duties")
    role = models.TextField()
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    department = models.TextField(default="", blank=True)
    from_date = models.DateField()
    until_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="people_duty_period",
                condition=Q(until_date__isnull=True) | Q(until_date__gt=F("from_date")),
            ),
        ]
        indexes = [models.Index(name="people_duty_role_place", fields=["role", "place"])]

    def __str__(self) -> str:
        return f"{self.role} @ {self.place_id}"


class LentSeat(models.Model):
    """A seat lent for a few hours: emergency access to a place, or to one case of it.

    It ends by itself: after `ends_at` no actor is built with it. case_id names a row of a room above.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    role = models.TextField()
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    case_id = models.UUIDField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="people_lentseat_period", condition=Q(ends_at__gte=F("starts_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} @ {self.place_id} until {self.ends_at:%Y-%m-%d %H:%M}"


class Shift(models.Model):
    """A stretch of time in which a duty is stood; an entry of the on-duty calendar."""

    duty = models.ForeignKey(Duty, on_delete=models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="people_shift_period", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]
        indexes = [models.Index(name="people_shift_duty_ends", fields=["duty", "ends_at"])]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class ApiClient(models.Model):
    """A machine account of a partner system, seated at one place."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.TextField()
    token_digest = models.TextField(unique=True)
    channel = models.TextField()
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    role = models.TextField()
    department = models.TextField(default="", blank=True)
    callback_url = models.TextField(default="", blank=True)
    callback_secret_sealed = models.BinaryField(default=bytes, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class RateCount(models.Model):
    """Tries under one key in the present window of time; the table is unlogged."""

    key = models.CharField(max_length=64, primary_key=True)
    window_at = models.DateTimeField(db_index=True)
    tries = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.key[:12]
