"""Open311 GeoReport v2: a city's app finds services, sends a request, reads the list."""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from PIL import Image

from anlan.cases.models import Case
from anlan.intake.models import Signal
from tests.make import IN_GRID, OUTSIDE, World

ROOT = "/open311/v2"


@pytest.fixture
def client(world: World) -> Client:
    return Client(headers={"Accept-Language": "en"})


def form(world: World, **given: Any) -> dict[str, Any]:
    """Make the form of a request from the first grid."""
    fields = {
        "api_key": world.clients["open311"].token,
        "service_code": "STREET_LAMP",
        "lat": str(IN_GRID[1]),
        "long": str(IN_GRID[0]),
        "address_string": "小卖部门口",
        "description": "陈晓家门口的路灯不亮",
        "first_name": "晓",
        "last_name": "陈",
        "phone": "13800000000",
    }
    return {name: value for name, value in (fields | given).items() if value is not None}


def send(client: Client, world: World, **given: Any) -> Any:
    return client.post(f"{ROOT}/requests.json", form(world, **given))


def wrong(answer: Any, status: int, code: str) -> None:
    """Check that an answer is GeoReport's list of errors."""
    assert answer.status_code == status, answer.content
    [error] = answer.json()
    assert error["code"] == status
    assert error["description"].startswith(code + ": ")


def test_discovery_names_the_endpoint_in_both_formats(client: Client) -> None:
    found = client.get(f"{ROOT}/discovery.json").json()
    [endpoint] = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"].endswith(ROOT)
    answer = client.get(f"{ROOT}/discovery.xml")
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    tree = ET.fromstring(answer.content)
    assert tree.tag == "discovery"
    assert [f.text for f in tree.findall("endpoints/endpoint/formats/format")] == [
        "text/xml",
        "application/json",
    ]


def test_services_are_the_matters(client: Client) -> None:
    found = client.get(f"{ROOT}/services.json").json()
    lamp = next(each for each in found if each["service_code"] == "STREET_LAMP")
    assert lamp == {
        "service_code": "STREET_LAMP",
        "service_name": "Street lamp out",
        "description": "路灯故障 / Street lamp out",
        "metadata": False,
        "type": "realtime",
        "keywords": "路灯,street lamp",
        "group": "Services",
    }
    tree = ET.fromstring(client.get(f"{ROOT}/services.xml").content)
    assert tree.tag == "services"
    assert len(tree.findall("service")) == len(found) == 7
    assert tree.findtext("service/metadata") == "false"


def test_a_service_is_defined_without_attributes_of_its_own(client: Client) -> None:
    assert client.get(f"{ROOT}/services/STREET_LAMP.json").json() == {
        "service_code": "STREET_LAMP",
        "attributes": [],
    }
    tree = ET.fromstring(client.get(f"{ROOT}/services/STREET_LAMP.xml").content)
    assert (tree.tag, tree.findtext("service_code")) == ("service_definition", "STREET_LAMP")
    wrong(client.get(f"{ROOT}/services/DRAGONS.json"), 404, "SERVICE_UNKNOWN")


def test_a_request_becomes_a_case_and_is_read_back_by_its_sender(
    client: Client, world: World
) -> None:
    answer = send(client, world)
    assert answer.status_code == 201
    [sent] = answer.json()
    assert set(sent) == {"service_request_id", "service_notice", "account_id"}
    case = Case.objects.get()
    signal = Signal.objects.get()
    assert sent["service_request_id"].replace("-", "") == case.code
    assert (signal.channel, signal.place_text) == ("OPEN311", "小卖部门口")

    key = {"api_key": world.clients["open311"].token}
    [own] = client.get(f"{ROOT}/requests/{sent['service_request_id']}.json", key).json()
    assert own["description"] == "陈晓家门口的路灯不亮"
    assert (own["long"], own["lat"]) == IN_GRID


def test_everybody_else_sees_neither_words_nor_exact_point(client: Client, world: World) -> None:
    [sent] = send(client, world, long="120.0037", lat="29.7021").json()
    for query in ({}, {"api_key": world.clients["app"].token}):
        answer = client.get(f"{ROOT}/requests/{sent['service_request_id']}.json", query)
        [seen] = answer.json()
        assert seen["description"] is None
        assert (seen["long"], seen["lat"]) == IN_GRID  # the centre of the grid
        assert seen["address"] == "Hedong Town, Dongwan Village"
        assert (seen["status"], seen["status_notes"]) == ("open", "Received")
        assert seen["requested_datetime"] == "2026-03-10T02:00:00Z"
        for secret in ("陈晓", "小卖部", "13800000000"):
            assert secret not in answer.content.decode()


def test_disputes_stand_in_no_public_list(client: Client, world: World) -> None:
    [sent] = send(client, world, service_code="TENANCY", description="房东不退押金").json()
    assert client.get(f"{ROOT}/requests.json").json() == []
    path = f"{ROOT}/requests/{sent['service_request_id']}.json"
    wrong(client.get(path), 404, "REQUEST_UNKNOWN")
    key = {"api_key": world.clients["open311"].token}
    assert client.get(path, key).json()[0]["service_code"] == "TENANCY"


def test_the_list_is_narrowed_and_paged(client: Client, world: World) -> None:
    ids = [send(client, world).json()[0]["service_request_id"] for _ in range(3)]
    send(client, world, service_code="GARBAGE")

    def listed(**query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = client.get(f"{ROOT}/requests.json", query).json()
        return found

    assert len(listed()) == 4
    assert len(listed(service_code="GARBAGE")) == 1
    assert len(listed(service_code="GARBAGE,STREET_LAMP")) == 4
    assert len(listed(status="open")) == 4
    assert listed(status="closed") == []
    assert len(listed(status="open,closed")) == 4
    assert {each["service_request_id"] for each in listed(service_request_id=",".join(ids))} == set(
        ids
    )
    assert len(listed(page_size=3)) == 3
    assert len(listed(page_size=3, page=2)) == 1
    assert len(listed(start_date="2026-03-01T00:00:00+08:00", end_date="2026-03-11T00:00:00Z")) == 4
    assert listed(end_date="2026-03-01T00:00:00Z") == []
    assert listed(jurisdiction_id="TEST-SMALL") == listed()


def test_the_list_as_xml(client: Client, world: World) -> None:
    send(client, world)
    tree = ET.fromstring(client.get(f"{ROOT}/requests.xml").content)
    assert tree.tag == "service_requests"
    [request] = tree.findall("request")
    assert request.findtext("status") == "open"
    assert request.findtext("service_code") == "STREET_LAMP"
    assert request.find("description") is not None
    assert not request.findtext("description")


def test_what_xml_cannot_hold_is_replaced(client: Client, world: World) -> None:
    answer = client.post(f"{ROOT}/requests.xml", form(world, description="灯 & <b>不亮</b>\ufffe"))
    sent = ET.fromstring(answer.content)
    code = sent.findtext("request/service_request_id")
    key = {"api_key": world.clients["open311"].token}
    own = ET.fromstring(client.get(f"{ROOT}/requests/{code}.xml", key).content)
    assert own.findtext("request/description") == "灯 & <b>不亮</b>�"


def test_a_photo_comes_along(client: Client, world: World) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (40, 30)).save(photo, "PNG")
    photo.seek(0)
    photo.name = "lamp.png"
    assert send(client, world, media=photo).status_code == 201
    assert Case.objects.get().photos.count() == 1


def test_an_address_in_words_waits_for_a_person(client: Client, world: World) -> None:
    assert send(client, world, lat=None, long=None).status_code == 201
    assert Case.objects.get().needs_person


def test_an_address_of_a_photo_is_not_fetched(client: Client, world: World) -> None:
    [sent] = send(client, world, media_url="http://169.254.169.254/x.jpg").json()
    assert "not fetched" in sent["service_notice"]
    assert Case.objects.get().photos.count() == 0


def test_a_token_is_the_tracking_code(client: Client, world: World) -> None:
    taken = world.take()
    [found] = client.get(f"{ROOT}/tokens/{taken.tracking_code}.json").json()
    assert found["service_request_id"].replace("-", "") == taken.code
    wrong(client.get(f"{ROOT}/tokens/00000-00000-00000.json"), 404, "TRACKING_CODE_WRONG")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"api_key": None}, 403, "API_KEY_WRONG"),
        ({"api_key": "wrong"}, 403, "API_KEY_WRONG"),
        ({"service_code": None}, 400, "PARAMETER_MISSING"),
        ({"service_code": "DRAGONS"}, 404, "SERVICE_UNKNOWN"),
        ({"jurisdiction_id": "ELSEWHERE"}, 404, "JURISDICTION_UNKNOWN"),
        ({"lat": None, "long": None, "address_string": None}, 400, "PARAMETER_MISSING"),
        ({"lat": "north"}, 400, "PARAMETER_WRONG"),
        ({"lat": "nan"}, 400, "POINT_MALFORMED"),
        ({"long": str(OUTSIDE[0]), "lat": str(OUTSIDE[1])}, 400, "POINT_OUTSIDE"),
        ({"phone": "1\x002"}, 400, "PARAMETER_WRONG"),
        ({"description": "a\x00b"}, 400, "CONTROL_CHARACTERS"),
        ({"media": io.BytesIO(b"GIF89a")}, 400, "WRONG_FILE_TYPE"),
    ],
)
def test_a_request_that_cannot_be_taken(
    client: Client, world: World, given: dict[str, Any], status: int, code: str
) -> None:
    wrong(send(client, world, **given), status, code)
    assert not Signal.objects.exists()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"status": "half"}, "PARAMETER_WRONG"),
        ({"start_date": "yesterday"}, "PARAMETER_WRONG"),
        ({"start_date": "2026-03-01T00:00:00"}, "PARAMETER_WRONG"),
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}, "SPAN_TOO_LONG"),
        ({"start_date": "2026-03-02T00:00:00Z", "end_date": "2026-03-01T00:00:00Z"}, "SPAN_TOO_LONG"),
        ({"page": "0"}, "PARAMETER_WRONG"),
        ({"page_size": "9999"}, "PARAMETER_WRONG"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_made(client: Client, query: dict[str, str], code: str) -> None:
    wrong(client.get(f"{ROOT}/requests.json", query), 400, code)


def test_errors_in_xml_and_at_unknown_addresses(client: Client) -> None:
    answer = client.get(f"{ROOT}/services/DRAGONS.xml")
    error = ET.fromstring(answer.content).find("error")
    assert error is not None
    assert (answer.status_code, error.findtext("code")) == (404, "404")
    wrong(client.get(f"{ROOT}/dragons.json"), 404, "ADDRESS_UNKNOWN")
    wrong(client.delete(f"{ROOT}/services.json"), 405, "METHOD_NOT_ALLOWED")
