"""`anlan people`: accounts, duties and machine accounts, by whoever runs the installation."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import click

from anlan.cli import with_django
from anlan.kernel.actor import ROLE_LABELS, SYSTEM, Role
from anlan.kernel.clock import now

if TYPE_CHECKING:
    from anlan.people.models import Duty

ROLE = click.Choice([r.value for r in Role if r is not Role.EMERGENCY], case_sensitive=False)
DATE = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def group() -> None:
    """Accounts, their duties, and machine accounts of partner systems.

    \b
    anlan people add wangfang --name 王芳 --role TOWN_DESK --place 330681100000
    anlan people duty add wangfang --role DUTY_LEADER --place 330681100000
    anlan people client add "110 desk" --channel POLICE_110 --role COUNTY_CENTRE \\
        --place 330681000000 --callback https://110.example/progress
    """


@group.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The name to show.")
@click.option("--role", type=ROLE, required=True, help="What the first duty is for.")
@click.option("--place", "place_code", required=True, help="Code of the duty's place.")
@click.option("--department", default="", help="Code of the duty's department; without it, all.")
@click.option("--email", default="", help="Where notices go; stored sealed.")
@click.option("--locale", default="zh-hans", show_default=True, help="zh-hans or en.")
@click.option("--generate", is_flag=True, help="Make up a password and print it once.")
@with_django
def add(
    login: str,
    name: str,
    role: str,
    place_code: str,
    department: str,
    email: str,
    locale: str,
    generate: bool,
) -> None:
    """Open the account LOGIN with one duty, from today. Asks for a password.

    It is good for a week and for one thing: choosing one's own when signing in.
    """
    from django.db import transaction

    from anlan.people import actions
    from anlan.places.queries import get_gazetteer

    place = get_gazetteer().place_by_code(place_code)
    password = _ask_password(generate)
    at = now()
    with transaction.atomic():
        person = actions.create_person(
            actor=SYSTEM,
            login=login,
            name=name,
            password=password,
            email=email,
            locale=locale,
            at=at,
        )
        actions.grant_duty(
            actor=SYSTEM,
            person_id=person.id,
            role=Role(role),
            place_id=place.id,
            department=department,
            at=at,
        )
    click.echo(f"{person.login}: {_role_label(role)}, {place.name}")
    if generate:
        click.echo(f"password: {password}")


@group.command()
@click.argument("login")
@click.option("--generate", is_flag=True, help="Make up a password and print it once.")
@with_django
def password(login: str, generate: bool) -> None:
    """Give LOGIN a password to choose a new one with, good for a week.

    Lifts a lock, signs the person out everywhere and tells him.
    """
    from anlan.people import actions, queries

    person = queries.get_person(login=login)
    new = _ask_password(generate)
    actions.set_password(actor=SYSTEM, person_id=person.id, password=new, at=now())
    click.echo(f"{person.login}: password set")
    if generate:
        click.echo(f"password: {new}")


@group.command()
@click.argument("login")
@with_django
def close(login: str) -> None:
    """Close the account LOGIN and sign it out everywhere."""
    from anlan.people import actions, queries

    person = queries.get_person(login=login)
    actions.close_person(actor=SYSTEM, person_id=person.id, at=now())
    click.echo(f"{person.login}: closed")


@group.command("list")
@with_django
def list_all() -> None:
    """List all accounts with their duties."""
    from anlan.people import queries

    for person in queries.list_persons():
        click.secho(person.login, bold=True, nl=False)
        click.echo(f"  {person.name}" + ("" if person.is_active else "  (closed)"))
        for duty in person.duties.all():
            click.echo(f"    {_duty_line(duty)}")


@group.group()
def duty() -> None:
    """What an account is responsible for."""


@duty.command("add")
@click.argument("login")
@click.option("--role", type=ROLE, required=True, help="What the duty is for.")
@click.option("--place", "place_code", required=True, help="Code of its place.")
@click.option("--department", default="", help="Code of its department; without it, all.")
@click.option("--from", "from_date", type=DATE, help="First day; without it, today.")
@click.option("--until", "until_date", type=DATE, help="First day on which it no longer holds.")
@with_django
def add_duty(
    login: str,
    role: str,
    place_code: str,
    department: str,
    from_date: datetime | None,
    until_date: datetime | None,
) -> None:
    """Give LOGIN one more duty."""
    from anlan.people import actions, queries
    from anlan.places.queries import get_gazetteer

    granted = actions.grant_duty(
        actor=SYSTEM,
        person_id=queries.get_person(login=login).id,
        role=Role(role),
        place_id=get_gazetteer().place_by_code(place_code).id,
        department=department,
        from_date=from_date.date() if from_date else None,
        until_date=until_date.date() if until_date else None,
        at=now(),
    )
    click.echo(_duty_line(granted))


@duty.command("end")
@click.argument("duty_id", type=int)
@click.option("--until", "until_date", type=DATE, required=True, help="First day it is over.")
@with_django
def end_duty(duty_id: int, until_date: datetime) -> None:
    """End the duty with the number DUTY_ID (see `anlan people list`)."""
    from anlan.people import actions

    ended = actions.end_duty(actor=SYSTEM, duty_id=duty_id, until_date=until_date.date(), at=now())
    click.echo(_duty_line(ended))


@group.group()
def link() -> None:
    """Accounts that sign in through an organisation (ANLAN_OIDC_FILE)."""


@link.command("add")
@click.argument("login")
@click.argument("organisation")
@click.argument("subject")
@with_django
def add_link(login: str, organisation: str, subject: str) -> None:
    """Let the account SUBJECT (its sub) of ORGANISATION sign in as LOGIN."""
    from anlan.people import actions

    actions.map_account(actor=SYSTEM, login=login, code=organisation, subject=subject, at=now())
    click.echo(f"{login}: linked to {organisation}")


@link.command("remove")
@click.argument("login")
@click.argument("organisation")
@with_django
def remove_link(login: str, organisation: str) -> None:
    """Let nobody of ORGANISATION sign in as LOGIN any more."""
    from anlan.people import actions

    actions.unmap_account(actor=SYSTEM, login=login, code=organisation, at=now())
    click.echo(f"{login}: no longer linked to {organisation}")


@group.group()
def client() -> None:
    """Machine accounts of partner systems."""


@client.command("add")
@click.argument("name")
@click.option("--channel", required=True, help="Intake channel it speaks for, e.g. POLICE_110.")
@click.option("--role", type=ROLE, required=True, help="The role of its seat.")
@click.option("--place", "place_code", required=True, help="Code of the place of its seat.")
@click.option("--department", default="", help="Code of its department; without it, all.")
@click.option("--callback", default="", help="Address that is told of progress.")
@with_django
def add_client(
    name: str, channel: str, role: str, place_code: str, department: str, callback: str
) -> None:
    """Open a machine account called NAME. Token and secret are printed once, here."""
    from anlan.people import actions
    from anlan.places.queries import get_gazetteer

    made = actions.create_api_client(
        actor=SYSTEM,
        name=name,
        channel=channel,
        role=Role(role),
        place_id=get_gazetteer().place_by_code(place_code).id,
        department=department,
        callback_url=callback,
        at=now(),
    )
    click.echo(f"id: {made.client_id}")
    click.echo(f"token: {made.token}")
    if made.callback_secret:
        click.echo(f"callback secret: {made.callback_secret}")
    click.secho("Store them now: they cannot be shown again.", fg="yellow", err=True)


@client.command("list")
@with_django
def list_clients() -> None:
    """List machine accounts."""
    from anlan.people import queries

    for each in queries.list_clients():
        state = "" if each.is_active else "  (revoked)"
        click.echo(f"{each.id}  {each.name}  {each.channel}  {each.place.name}{state}")


@client.command("revoke")
@click.argument("client_id", type=click.UUID)
@with_django
def revoke_client(client_id: UUID) -> None:
    """Revoke the machine account CLIENT_ID: its token is worth nothing from now on."""
    from anlan.people import actions

    actions.revoke_api_client(actor=SYSTEM, client_id=client_id, at=now())
    click.echo(f"{client_id}: revoked")


def _ask_password(generate: bool) -> str:
    if generate:
        return secrets.token_urlsafe(15)
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


def _role_label(role: str) -> str:
    from django.utils.translation import get_language

    return ROLE_LABELS[Role(role)]["zh" if (get_language() or "").startswith("zh") else "en"]


def _duty_line(duty: Duty) -> str:
    until = duty.until_date.isoformat() if duty.until_date else ""
    department = f" {duty.department}" if duty.department else ""
    return (
        f"{duty.id}: {_role_label(duty.role)}{department}, {duty.place.name} ({duty.place.code}), "
        f"{duty.from_date} – {until}"
    )
