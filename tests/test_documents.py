"""Documents that cannot rot: what they name exists."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_named_in_documents_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    known = set(get_commands()) | {"walk", "opinion"}
    named = set(re.findall(r"(?:^    |`|&& )(?:\.venv/bin/)?amiral ([a-z][a-z_-]+)", text, re.M))
    assert named <= known
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"(?:^    |`)make ([a-z-]+)", text, re.M)) <= targets


def test_the_glossary_knows_every_table_that_a_person_speaks_of() -> None:
    glossary = (ROOT / "GLOSSAIRE.md").read_text(encoding="utf-8").lower()
    internal = {
        "TerritoryClosure", "FormerCode", "ReferenceFile", "BadLine", "AuditLine", "JoinRequest",
        "DemonstrationLetter", "ActionTalkingPoint", "Version", "Theme", "AddressWish", "Message", "Report",
        "Comment", "Post", "Membership", "Person", "Territory",
    }  # fmt: skip
    names = {model.__name__ for model in apps.get_models() if model.__module__.startswith("amiral.")}
    words = {re.sub(r"(?<!^)(?=[A-Z])", "[ -]", name).lower() for name in names - internal}
    assert not [word for word in sorted(words) if not re.search(word, glossary)]
