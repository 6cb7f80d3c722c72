"""Every action declares who may call it, and no face reaches one of the inside."""

from __future__ import annotations

import ast
import importlib
from functools import cache

import pytest

from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor, ActorKind
from anlan.kernel.permits import Permit, find_permit
from tests.house.floors import SOURCE, list_modules, list_nodes

FACES = ("anlan.web", "anlan.api")


@cache
def list_uses() -> dict[str, set[str]]:
    """Give, for each name of ours by its full path, the modules that use it."""
    uses: dict[str, set[str]] = {}
    for path in list_modules():
        module = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        module = module.removesuffix(".__init__")
        known: dict[str, str] = {}
        nodes = list_nodes(path)
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("anlan"):
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    known[alias.asname or alias.name] = full
                    uses.setdefault(full, set()).add(module)
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                full = f"{known.get(node.value.id, '')}.{node.attr}"
                uses.setdefault(full, set()).add(module)
    return uses


def users_of(module: str, name: str) -> set[str]:
    """Give the modules outside a room's actions that use one of them."""
    face = ".".join(module.split(".")[:3])
    uses = list_uses().get(f"{module}.{name}", set()) | list_uses().get(f"{face}.{name}", set())
    return {user for user in uses if not user.startswith(face)}


@cache
def list_actions() -> dict[str, object]:
    """List the actions of all rooms by their full name.

    Public functions of an action module; in a folder of them, those that the folder's face names or
    somebody outside uses. The rest are parts that an action is made of.
    """
    found: dict[str, object] = {}
    for path in sorted(SOURCE.glob("*/actions*")):
        for file in [path] if path.is_file() else sorted(path.glob("*.py")):
            module = ".".join(file.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(
                ".__init__"
            )
            face = importlib.import_module(".".join(module.split(".")[:3]))
            loaded = importlib.import_module(module)
            for node in list_nodes(file)[0].body:
                if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                    continue
                is_named = path.is_file() or node.name in getattr(face, "__all__", ())
                if is_named or users_of(module, node.name):
                    found[f"{module}.{node.name}"] = getattr(loaded, node.name)
    return found


def test_every_action_declares_who_may_call_it() -> None:
    undeclared = [name for name, action in list_actions().items() if find_permit(action) is None]
    assert len(list_actions()) > 60, "the walk does not reach the actions any more"
    assert not undeclared, (
        f"no permit above: {undeclared}. Put one of @permits.scope, own, proof, anybody, client, "
        "installation or inside on top (anlan.kernel.permits says what each asks and gives)"
    )


def test_no_face_calls_an_action_of_the_inside() -> None:
    for name, action in list_actions().items():
        if find_permit(action) is Permit.INSIDE:
            module, _, short = name.rpartition(".")
            faces = {user for user in users_of(module, short) if user.startswith(FACES)}
            assert not faces, f"{name} is of the inside, and {faces} calls it"


def test_the_walk_sees_who_calls() -> None:
    assert "anlan.web.resident.photos" in users_of("anlan.documents.actions", "keep_photo")
    assert "anlan.web.staff.moves" in users_of("anlan.cases.actions.moves", "move_case")
    assert users_of("anlan.places.actions.copying", "write_places") == set()


def somebody(kind: ActorKind) -> Actor:
    return Actor(kind, None, "somebody")


@pytest.mark.parametrize("kind", [ActorKind.PERSON, ActorKind.CLIENT, ActorKind.RESIDENT])
def test_what_the_installation_does_nobody_else_does(kind: ActorKind) -> None:
    tried = 0
    for action in list_actions().values():
        if find_permit(action) is Permit.INSTALLATION:
            with pytest.raises(permits.InstallationOnly):
                action(actor=somebody(kind))  # type: ignore[operator]
            tried += 1
    assert tried > 10


@pytest.mark.parametrize("kind", [ActorKind.PERSON, ActorKind.RESIDENT])
def test_what_a_partner_system_does_no_person_does(kind: ActorKind) -> None:
    for action in list_actions().values():
        if find_permit(action) is Permit.CLIENT:
            with pytest.raises(permits.ClientOnly):
                action(actor=somebody(kind))  # type: ignore[operator]


def test_a_permit_is_passed_on_with_everything_else() -> None:
    @permits.installation
    def act(*, actor: Actor, number: int) -> int:
        """Act."""
        return number

    assert (find_permit(act), act.__doc__) == (Permit.INSTALLATION, "Act.")
    assert act(actor=SYSTEM, number=7) == 7
