"""Machine accounts of partner systems: opening and revoking."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.kernel import permits
from anlan.kernel.actor import Actor, Role
from anlan.kernel.ids import new_id
from anlan.kernel.seal import seal
from anlan.ledger import actions as ledger
from anlan.people import queries, rules
from anlan.people.actions.checks import get_place
from anlan.people.models import ApiClient


@permits.installation
@transaction.atomic
def create_api_client(
    *,
    actor: Actor,
    name: str,
    channel: str,
    role: Role,
    place_id: int,
    at: datetime,
    department: str = "",
    callback_url: str = "",
    expires_at: datetime | None = None,
) -> rules.NewClient:
    """Open a machine account and give its token and callback secret, which are shown only here.

    channel: the intake channel it hands signals over on, e.g. POLICE_110.
    Raises InstallationOnly, NameMissing, PlaceUnknown, DepartmentUnknown, CallbackUnusable,
    PeriodBackwards.
    """
    if not name.strip():
        raise rules.NameMissing()
    if callback_url and not rules.is_callback_url(callback_url):
        raise rules.CallbackUnusable()
    if expires_at is not None and expires_at <= at:
        raise rules.PeriodBackwards()
    place = get_place(place_id, department)
    client_id = new_id()
    token = secrets.token_urlsafe(rules.TOKEN_BYTES)
    secret = secrets.token_urlsafe(rules.TOKEN_BYTES) if callback_url else ""
    ApiClient.objects.create(
        id=client_id,
        name=name.strip(),
        token_digest=rules.digest_token(token),
        channel=channel,
        place=place,
        role=Role(role).value,
        department=department,
        callback_url=callback_url,
        callback_secret_sealed=(
            seal(secret.encode(), rules.callback_context(client_id)) if secret else b""
        ),
        created_at=at,
        expires_at=expires_at,
    )
    data = {"channel": channel, "role": Role(role).value, "place": place.code}
    ledger.write(
        actor=actor,
        what="client.created",
        about_kind="client",
        about_id=client_id,
        data=data,
        at=at,
    )
    return rules.NewClient(client_id=client_id, token=token, callback_secret=secret)


@permits.installation
@transaction.atomic
def revoke_api_client(*, actor: Actor, client_id: UUID, at: datetime) -> None:
    """Revoke a machine account: its token and its callback end, in other processes within 2 s.

    Raises InstallationOnly, ClientUnknown.
    """
    if not ApiClient.objects.filter(id=client_id).update(is_active=False):
        raise rules.ClientUnknown(client_id=client_id)
    queries.forget_clients()
    ledger.write(
        actor=actor,
        what="client.revoked",
        about_kind="client",
        about_id=client_id,
        data={},
        at=at,
    )
