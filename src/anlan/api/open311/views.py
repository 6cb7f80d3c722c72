"""The addresses of GeoReport v2: discovery, services, requests, tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from anlan.api.door import Caller, find_caller
from anlan.api.intake import read_key, seat_place_id, take
from anlan.api.open311 import rules, wire
from anlan.api.problems import MethodNotAllowed, find_problem
from anlan.cases.queries import get_case_of_signal, get_catalogue, get_procedure, list_public_cases
from anlan.cases.rules import MATTER_CLASS_LABELS, MatterClass, MatterInfo
from anlan.documents import actions as documents
from anlan.intake.queries import find_signal_by_code
from anlan.intake.rules import ContactDetails, Report
from anlan.kernel import codes, scope
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.people.actions import count_photo, count_tracking_try
from anlan.places.queries import get_gazetteer
from anlan.places.rules import blur
from anlan.ratings.queries import access_signal

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-24T00:00:00Z"

View = Callable[..., HttpResponse]


def _georeport(*methods: str) -> Callable[[View], View]:
    """Check the method and answer errors in GeoReport's form."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def respond(request: HttpRequest, form: str, **given: str) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise MethodNotAllowed(method=request.method)
                return view(request, form=form, **given)
            except Exception as raised:  # noqa: BLE001 – told apart and logged by find_problem
                return wire.write_error(find_problem(raised), form=form)

        return policies.public(respond)

    return wrap


def _matters(request: HttpRequest) -> list[MatterInfo]:
    """List the matters that a request may mean; jurisdiction_id narrows them."""
    wanted = (request.POST if request.method == "POST" else request.GET).get("jurisdiction_id", "")
    if wanted and wanted not in get_gazetteer().jurisdictions:
        raise rules.JurisdictionUnknown(jurisdiction=wanted)
    every = get_catalogue().offered
    return [matter for matter in every if not wanted or matter.jurisdiction == wanted]


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _name(named: Any) -> str:
    return str(named.name if _is_chinese() else named.name_en or named.name)


@_georeport("GET")
def discovery(request: HttpRequest, form: str) -> HttpResponse:
    """Tell where the endpoint is and what it speaks."""
    data = {
        "changeset": CHANGED,
        "contact": settings.PUBLIC_URL,
        "key_service": _("Ask those who run this installation for a machine account."),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{settings.PUBLIC_URL}/open311/v2",
                "changeset": CHANGED,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return wire.write(data, form=form, root="discovery")


@_georeport("GET")
def services(request: HttpRequest, form: str) -> HttpResponse:
    """List the matters that can be reported."""
    language = "zh" if _is_chinese() else "en"
    data = [
        {
            "service_code": matter.code,
            "service_name": _name(matter),
            "description": f"{matter.name} / {matter.name_en}",
            "metadata": False,
            "type": "realtime",
            "keywords": ",".join(matter.keywords),
            "group": MATTER_CLASS_LABELS[MatterClass(matter.matter_class)][language],
        }
        for matter in _matters(request)
    ]
    return wire.write(data, form=form, root="services", each="service")


@_georeport("GET")
def service(request: HttpRequest, form: str, code: str) -> HttpResponse:
    """Define one service: none asks for attributes beyond the standard's own."""
    if not any(matter.code == code for matter in _matters(request)):
        raise rules.ServiceUnknown(service=code)
    data = {"service_code": code, "attributes": list[Any]()}
    return wire.write(data, form=form, root="service_definition")


@_georeport("GET", "POST")
def requests(request: HttpRequest, form: str) -> HttpResponse:
    """List requests (open to everybody), or take a new one (needs an api_key)."""
    if request.method == "POST":
        return _create(request, form)
    wanted = rules.read_wanted(request.GET, at=now())
    matters = _matters(request)
    known = {matter.code for matter in matters}
    for code in wanted.services:
        if code not in known:
            raise rules.ServiceUnknown(service=code)
    found = list_public_cases(
        matter_ids=[m.id for m in matters if not wanted.services or m.code in wanted.services],
        codes_wanted=[codes.normalise(each) for each in wanted.ids],
        is_open=wanted.is_open,
        from_at=wanted.from_at,
        until_at=wanted.until_at,
        offset=(wanted.page - 1) * wanted.page_size,
        limit=wanted.page_size,
    )
    data = [_describe(case) for case in found]
    return wire.write(data, form=form, root="service_requests", each="request")


@_georeport("GET")
def request_one(request: HttpRequest, form: str, code: str) -> HttpResponse:
    """Show one request; to its sender, known by api_key, with what he sent."""
    plain = codes.normalise(code)
    caller = _find_caller(request)
    signal = find_signal_by_code(code=plain) if caller is not None else None
    if caller is not None and signal is not None and signal.sender == caller.sender:
        scope.open_code(signal.code)
        case = get_case_of_signal(signal_id=signal.id)
        data = _describe(case) | {
            "description": signal.text,
            "address": signal.place_text or _address(case),
            "lat": signal.lat,
            "long": signal.lon,
        }
    else:
        found = list_public_cases(codes_wanted=[plain])
        if not found:
            raise rules.RequestUnknown(request=code)
        data = _describe(found[0])
    return wire.write([data], form=form, root="service_requests", each="request")


@_georeport("GET")
def token(request: HttpRequest, form: str, code: str) -> HttpResponse:
    """Resolve a token, which is the reporter's tracking code, to its request."""
    address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
    count_tracking_try(address=address, code=codes.normalise(code), at=now())
    signal = access_signal(tracking_code=code)
    data = {"service_request_id": codes.show(signal.code), "token": code}
    return wire.write([data], form=form, root="service_requests", each="request")


def _find_caller(request: HttpRequest) -> Caller | None:
    """Find the caller by api_key; None without one. Raises ApiKeyWrong for one that is not ours."""
    key = request.POST.get("api_key") or request.GET.get("api_key") or ""
    if not key:
        return None
    caller = find_caller(key)
    if caller is None:
        raise rules.ApiKeyWrong()
    return caller


def _create(request: HttpRequest, form: str) -> HttpResponse:
    caller = _find_caller(request)
    if caller is None:
        raise rules.ApiKeyWrong()
    sent = request.POST
    matter = _find_matter(request, sent.get("service_code", "").strip())
    lon, lat = rules.read_degrees(sent, "long"), rules.read_degrees(sent, "lat")
    address = rules.read_line(sent, "address_string", 300)
    if lon is None and lat is None and not address:
        raise rules.ParameterMissing(parameter="lat, long / address_string")
    first, last = (rules.read_line(sent, name, 50) for name in ("first_name", "last_name"))
    report = Report(
        text=sent.get("description", "").strip() or _name(matter),
        channel=caller.channel,
        lon=lon,
        lat=lat,
        place_text=address,
        stated_matter=matter.code,
        contact=ContactDetails(
            name=" ".join(part for part in (first, last) if part),
            phone=rules.read_line(sent, "phone", 100),
            email=rules.read_line(sent, "email", 100),
        ),
        sender=caller.sender,
        idempotency_key=read_key(request),
    )
    for _file in request.FILES.getlist("media"):
        count_photo(actor=caller.actor, at=now())
    photos = tuple(
        documents.keep_photo(
            actor=caller.actor, file=cast(BinaryIO, file), name=file.name or "", at=now()
        ).id
        for file in request.FILES.getlist("media")
    )
    taken = take(
        caller,
        report,
        photos=photos,
        # An address in words alone goes to whoever the sender is seated with, for a person to read
        fallback_place_id=seat_place_id(caller) if lon is None and lat is None else None,
    )
    notice = _("Follow it with the code {tracking_code} at {address}.").format(
        tracking_code=taken.tracking_code, address=settings.PUBLIC_URL
    )
    if sent.get("media_url"):
        notice += " " + _("The address in media_url is not fetched; upload the photo as media.")
    data = {
        "service_request_id": codes.show(taken.code),
        "service_notice": notice,
        "account_id": None,
    }
    return wire.write([data], form=form, root="service_requests", each="request", status=201)


def _find_matter(request: HttpRequest, code: str) -> MatterInfo:
    if not code:
        raise rules.ParameterMissing(parameter="service_code")
    found = next((matter for matter in _matters(request) if matter.code == code), None)
    if found is None:
        raise rules.ServiceUnknown(service=code)
    return found


def _address(case: Any) -> str:
    """Name the places of a case below the top, without its grid."""
    gazetteer = get_gazetteer()
    leaf = gazetteer.jurisdiction(case.place_id).leaf_level
    above = [place for place in gazetteer.lineage(case.place_id) if place.level != leaf]
    return ("" if _is_chinese() else ", ").join(_name(place) for place in above[1:][-3:])


def _describe(case: Any) -> dict[str, Any]:
    """Describe a case as everybody may see it: a place large enough, no words of the reporter."""
    gazetteer, catalogue = get_gazetteer(), get_catalogue()
    public, matter = blur(gazetteer, case.place_id), catalogue.matters.get(case.matter_id)
    state = get_procedure(case).states[case.state]
    return {
        "service_request_id": codes.show(case.code),
        "status": "open" if case.closed_at is None else "closed",
        "status_notes": state.zh if _is_chinese() else state.en,
        "service_name": _name(matter) if matter else "",
        "service_code": matter.code if matter else "",
        "description": None,
        "agency_responsible": _name(gazetteer.units[case.unit_id]),
        "service_notice": None,
        "requested_datetime": wire.instant(case.opened_at),
        "updated_datetime": wire.instant(case.last_at),
        "expected_datetime": wire.instant(case.close_due_at),
        "address": _address(case),
        "address_id": public.place.code,
        "zipcode": None,
        "lat": public.lat,
        "long": public.lon,
        "media_url": None,
    }
