"""What import-linter cannot see."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "amiral"
ROOMS: tuple[str, ...] = settings.ROOMS


def sources(folder: str) -> list[Path]:
    return [path for path in sorted((PACKAGE / folder).rglob("*.py")) if "migrations" not in path.parts]


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Every call in a file, as (line, dotted name)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("amiral.")]


@pytest.mark.parametrize("path", sources("cores"), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_cores_read_no_clock_no_file_no_chance(path: Path) -> None:
    forbidden = (
        "open",
        "print",
        "input",
        "time.",
        "datetime.now",
        "np.random.seed",
        "np.random.rand",
        "random.",
    )
    found = [(line, name) for line, name in calls(path) if name == "open" or name.startswith(forbidden[1:])]
    assert not found


@pytest.mark.parametrize("path", sources("rooms"), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_looks_a_model_up_by_name(path: Path) -> None:
    assert not [line for line, name in calls(path) if name.endswith("apps.get_model")]


@pytest.mark.parametrize(
    "path",
    [path for path in sources("rooms") if path.name == "views.py"],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_views_hold_no_query(path: Path) -> None:
    assert not [(line, name) for line, name in calls(path) if ".objects" in name]


def test_every_door_is_guarded() -> None:
    """The list of guarded modules in pyproject.toml names every module of a room but its door."""
    contracts = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text("utf-8"))["tool"][
        "importlinter"
    ]
    guarded = {name for one in contracts["contracts"] for name in one.get("protected_modules", [])}
    for room in ROOMS:
        for path in (PACKAGE / "rooms" / room).iterdir():
            is_module = path.suffix == ".py" or (path / "__init__.py").exists()
            if is_module and path.stem not in {"__init__", "api", "contracts", "apps", "migrations"}:
                assert f"amiral.rooms.{room}.{path.stem}" in guarded


def test_foreign_keys_go_down_and_leave_no_trace_upwards() -> None:
    order = {room: position for position, room in enumerate(ROOMS)}
    for model in our_models():
        for field in model._meta.get_fields():
            if not isinstance(field, models.ForeignKey):
                continue
            here, there = model._meta.app_label, field.related_model._meta.app_label
            if here == there:
                continue
            assert order[there] < order[here], f"{model.__name__}.{field.name} points upwards"
            assert field.remote_field.related_name == "+", f"{model.__name__}.{field.name}"


def test_every_table_declares_its_retention() -> None:
    missing = [model.__name__ for model in our_models() if not getattr(model, "RETENTION", "")]
    assert not missing


def test_every_folder_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def test_rooms_use_the_same_file_names() -> None:
    known = {
        "__init__", "apps", "contracts", "models", "access", "queries", "actions", "api", "jobs", "checks",
        "merging",
    }  # fmt: skip
    for room in ROOMS:
        names = {path.stem for path in (PACKAGE / "rooms" / room).glob("*.py")}
        extra = names - known - ALLOWED_EXTRA.get(room, set())
        assert not extra, f"{room}: {extra}"


ALLOWED_EXTRA: dict[str, set[str]] = {
    "territory": {
        "contour_jobs",
        "contour_store",
        "contour_words",
        "problems",
        "store",
        "normalise",
        "french",
        "address_index",
    },
    "people": {"texts", "letters", "demonstration", "contact_values", "columns", "secrets", "vault"},
    "outreach": {"mailbox", "changes", "counting", "triggers"},
    "talking_points": {"transitions"},
    "moderation": {"transitions"},
}
"""Files beside the common ones, each with a reason in its docstring."""
