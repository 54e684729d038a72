"""The fixed cast and the small world of every test.

Places are real (three communes of Saône-et-Loire, one of Côte-d'Or); persons are plainly fictional.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zlib import crc32

import pytest
from hypothesis import HealthCheck, settings

NOON = datetime(2027, 3, 3, 12, tzinfo=UTC)

DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server", "django_db_setup"})

# A law that takes longer on a busy machine is not broken: no example is timed, in any test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--share 1/2`` and ``--share 2/2``: two runs side by side, each test of both at least once."""
    parser.addoption(
        "--share",
        default="1/1",
        metavar="K/N",
        help="Of the tests that need no database, only the K-th of N parts; all the others.",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what another run has."""
    number, parts = (int(part) for part in str(config.getoption("--share")).split("/"))
    if not 1 <= number <= parts:
        raise pytest.UsageError("--share K/N: K is from 1 to N")
    kept = [
        item for item in items if needs_database(item) or crc32(item.nodeid.encode()) % parts == number - 1
    ]
    if len(kept) < len(items):
        staying = {item.nodeid for item in kept}
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in staying])
        items[:] = kept


def needs_database(item: pytest.Item) -> bool:
    """By its mark or by any fixture it asks for, directly or not."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return item.get_closest_marker("django_db") is not None or not DATABASE_FIXTURES.isdisjoint(fixtures)


def pytest_configure(config: pytest.Config) -> None:
    """The network is closed in tests but for this machine; commands speak English on every developer's."""
    config.option.allow_hosts = "127.0.0.1,::1,localhost"
    config.option.allow_unix_socket = True
    os.environ["LANGUAGE"] = "en"


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Files of this run lie in a folder of their own.

    What a test purges must not be what a run on the other database, or a developer, keeps under ``var``.
    """
    from django.test import override_settings

    folder = tmp_path_factory.mktemp("state")
    with override_settings(
        STATE_DIR=folder,
        REFERENCE_DIR=folder / "reference",
        DKIM_DIR=folder / "dkim",
        PUSH_KEY=folder / "push-key.pem",
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_found_once() -> Iterator[None]:
    """Every test client sets the middleware up anew; the files of the checkout stay the same meanwhile."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    search = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def remembered(self: WhiteNoiseMiddleware) -> None:
        if not found:
            search(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", remembered)
        yield


@pytest.fixture(autouse=True)
def fresh_process(settings: Any) -> None:
    """What outlives a test in its process: the cache (rate limits, remembered mandates) and the language."""
    from django.core.cache import cache
    from django.utils import translation

    from amiral.rooms.outreach.counting import KEEPER

    # Tests of the gate set their own; no other test may depend on the hour at which it is run.
    settings.QUIET_HOURS, settings.WEEKLY_CAP = "", 0
    cache.clear()
    KEEPER.forget()
    translation.activate(settings.LANGUAGE_CODE)


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Ids of the persons and places that tests speak of.

    ``owner`` leads the group of Mâcon, ``teammate`` is a member of it, ``stranger`` a member of another
    group; ``coordinator`` holds Saône-et-Loire, ``other_coordinator`` Côte-d'Or.
    """

    owner: UUID
    teammate: UUID
    stranger: UUID
    coordinator: UUID
    other_coordinator: UUID
    administrator: UUID
    group: UUID
    departement_group: UUID
    other_group: UUID


@pytest.fixture
def places(db: None) -> None:
    """A country, two départements, four communes with their postal codes."""
    from amiral.rooms.territory.models import PostalCode, Territory, TerritoryClosure, TerritoryLink
    from amiral.rooms.territory.normalise import normalise

    rows = [
        ("pays:FR", "pays", "FR", "France", "", ()),
        ("region:27", "region", "27", "Bourgogne-Franche-Comté", "", ("pays:FR",)),
        ("departement:71", "departement", "71", "Saône-et-Loire", "71", ("region:27", "pays:FR")),
        ("departement:21", "departement", "21", "Côte-d'Or", "21", ("region:27", "pays:FR")),
        *(
            (f"commune:{code}", "commune", code, name, dep, (f"departement:{dep}", "region:27", "pays:FR"))
            for code, name, dep in [
                ("71270", "Mâcon", "71"),
                ("71076", "Chalon-sur-Saône", "71"),
                ("71105", "Charnay-lès-Mâcon", "71"),
                ("21231", "Dijon", "21"),
            ]
        ),
    ]
    Territory.objects.bulk_create(
        Territory(
            id=id_,
            kind=kind,
            code=code,
            name=name,
            search_name=normalise(name),
            departement_code=dep,
            population=30_000 if kind == "commune" else None,
        )
        for id_, kind, code, name, dep, _ in rows
    )
    TerritoryClosure.objects.bulk_create(
        TerritoryClosure(ancestor_id=ancestor, descendant_id=row[0], depth=depth)
        for row in rows
        for depth, ancestor in enumerate((row[0], *row[5]))
    )
    TerritoryLink.objects.bulk_create(
        TerritoryLink(child_id=row[0], parent_id=row[5][0]) for row in rows if row[5]
    )
    PostalCode.objects.bulk_create(
        PostalCode(code=code, territory_id=f"commune:{commune}")
        for code, commune in [
            ("71000", "71270"),
            ("71850", "71105"),
            ("71000", "71105"),
            ("71100", "71076"),
            ("21000", "21231"),
        ]
    )


def make_person(name: str, **fields: Any) -> UUID:
    """A confirmed person ``name@example.org``, in Mâcon unless said otherwise."""
    from allauth.account.models import EmailAddress

    from amiral.rooms.people.models import ContactPoint, Person

    values: dict[str, Any] = {"postal_code": "71000", "commune_id": "commune:71270", "language": "fr"}
    person = Person(
        email=f"{name.lower()}@example.org", given_name=name, family_name="Essai", **(values | fields)
    )
    person.set_unusable_password()
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    ContactPoint.objects.create(
        person=person, kind="email", value=person.email, verified_at=person.joined_at, primary=True
    )
    return person.pk


def give_mandate(person_id: UUID, role: str, **scope: Any) -> None:
    """Puts a mandate in force, with the second factor that goes with it."""
    from allauth.mfa.models import Authenticator

    from amiral.rooms.people.models import Mandate

    Mandate.objects.create(
        person_id=person_id, role=role, starts_at=datetime(2026, 1, 1, tzinfo=UTC), **scope
    )
    Authenticator.objects.get_or_create(
        user_id=person_id, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "JBSWY3DPEHPK3PXP"}}
    )


@pytest.fixture
def cast(places: None) -> Cast:
    """Three groups and six persons; see ``Cast``."""
    from amiral.rooms.network.models import Group, Membership

    persons = {
        name: make_person(name)
        for name in ["Owner", "Teammate", "Stranger", "Coordinator", "Othercoordinator", "Administrator"]
    }
    departement = Group.objects.create(
        kind="departement", slug="saone-et-loire", name="Saône-et-Loire", territory_id="departement:71"
    )
    local = Group.objects.create(kind="local", slug="macon", name="Mâcon", territory_id="commune:71270")
    other = Group.objects.create(kind="local", slug="dijon", name="Dijon", territory_id="commune:21231")
    for group, member in [(local, "Owner"), (local, "Teammate"), (other, "Stranger")]:
        Membership.objects.create(group=group, person_id=persons[member], source="choice")
    give_mandate(
        persons["Owner"],
        "group-leader",
        scope_id=local.pk,
        scope_name="Mâcon",
        territory_id="commune:71270",
    )
    give_mandate(persons["Coordinator"], "departement-coordinator", territory_id="departement:71")
    give_mandate(persons["Othercoordinator"], "departement-coordinator", territory_id="departement:21")
    give_mandate(persons["Administrator"], "administrator", territory_id="pays:FR")
    return Cast(
        owner=persons["Owner"],
        teammate=persons["Teammate"],
        stranger=persons["Stranger"],
        coordinator=persons["Coordinator"],
        other_coordinator=persons["Othercoordinator"],
        administrator=persons["Administrator"],
        group=local.pk,
        departement_group=departement.pk,
        other_group=other.pk,
    )


@pytest.fixture
def sign_in(client: Any) -> Any:
    """``sign_in(person_id)``: a client signed in with the second factor shown; ``None``: anonymous."""

    def enter(person_id: UUID | None) -> Any:
        from django.test import Client

        from amiral.rooms.people.models import Person

        browser = Client()
        if person_id is not None:
            browser.force_login(
                Person.objects.get(pk=person_id),
                backend="allauth.account.auth_backends.AuthenticationBackend",
            )
            session = browser.session
            session["account_authentication_methods_user"] = str(person_id)
            session["account_authentication_methods"] = [
                {"method": "code", "at": 0},
                {"method": "mfa", "at": 0, "type": "totp"},
            ]
            session.save()
        return browser

    return enter
