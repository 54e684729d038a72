"""Election results: sums at every level, successions, replacement, what may not be imported yet."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from amiral.kit.errors import NotFound
from amiral.rooms.territory import api, store
from amiral.rooms.territory.actions.results import (
    BeforeClosing,
    NoElection,
    ballot_of,
    import_results_file,
    preview_results_file,
    refuse_before_closing,
    remove_results,
)
from amiral.rooms.territory.contracts import (
    ElectionKind,
    FileKind,
    NewElection,
    ResultsImport,
    TerritoryKind,
)
from amiral.rooms.territory.models import (
    Candidacy,
    Election,
    FormerCode,
    ReferenceFile,
    ResultSet,
    Territory,
)
from amiral.rooms.territory.problems import FileRefused
from amiral.rooms.territory.queries.results import evolution, places_of, results_of
from tests.conftest import NOON, Cast

pytestmark = pytest.mark.django_db
Put = Callable[[str, bytes], Path]

HEADER = (
    "departement;circonscription;commune;bureau;commune_libelle;inscrits;votants;blancs;exprimes;ALBA;BRUN"
)
BUREAUX = (
    "71;1;270;0001;Mâcon;100;80;5;75;40;35",
    "71;1;270;0002;Mâcon;50;40;0;40;10;30",
    "71;3;076;0001;Chalon-sur-Saône;200;100;4;96;50;46",
    "71;5;076;0002;Chalon-sur-Saône;30;20;1;18;9;9",
    "21;2;231;0001;Dijon;1000;700;20;680;500;180",
)
FIRST = NewElection(kind=ElectionKind.PRESIDENTIELLE, date=date(2017, 4, 23), round=1)
SECOND = NewElection(kind=ElectionKind.PRESIDENTIELLE, date=date(2017, 5, 7), round=2)


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


@pytest.fixture
def bring(put: Put, places: None) -> Callable[..., ResultsImport]:
    """``bring(rows, name=…, election=…)``: imports a small table."""

    def bring(
        *rows: str, name: str = "a.csv", election: NewElection = FIRST, header: str = HEADER, **words: Any
    ) -> ResultsImport:
        path = put(name, table(*rows, header=header))
        return import_results_file(path=path, election=election, file_name=name, **words)

    return bring


Bring = Callable[..., ResultsImport]


def only(territory_id: str, election_id: UUID | None = None) -> Any:
    (found,) = results_of(territory_id=territory_id, election_id=election_id)
    return found


def votes(territory_id: str) -> dict[str, int]:
    return {one.choice.label: one.votes for one in only(territory_id).choices}


# Sums -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("territory_id", "registered", "alba", "lines"),
    [
        ("bureau-de-vote:71270_0001", 100, 40, 1),
        ("commune:71270", 150, 50, 2),
        ("commune:71076", 230, 59, 2),
        ("circonscription:71-05", 30, 9, 1),
        ("departement:71", 380, 109, 4),
        ("region:27", 1380, 609, 5),
        ("pays:FR", 1380, 609, 5),
    ],
)
def test_every_level_is_the_sum_of_its_bureaux(
    bring: Bring, territory_id: str, registered: int, alba: int, lines: int
) -> None:
    bring(*BUREAUX)
    found = only(territory_id)
    assert found.figures.registered == registered
    assert {one.choice.label: one.votes for one in found.choices}["ALBA"] == alba
    assert (found.lines, found.level) == (lines, TerritoryKind.BUREAU_DE_VOTE)


def test_figures_and_shares_are_those_of_the_statement(bring: Bring) -> None:
    bring(*BUREAUX)
    found = only("commune:71076")
    figures = found.figures
    assert (figures.voters, figures.abstentions, figures.expressed) == (120, 110, 114)
    assert (figures.blanks, figures.nulls, figures.blank_null) == (5, 1, 6)
    alba = next(one for one in found.choices if one.choice.label == "ALBA")
    assert alba.of_expressed == 59 / 114
    assert alba.of_registered == 59 / 230


def test_the_import_tells_the_totals_of_the_file(bring: Bring) -> None:
    done = bring(*BUREAUX)
    assert (done.rows, done.stations, done.left_out, done.flagged, done.unknown_places) == (5, 5, 0, 0, 0)
    assert done.figures.registered == 1380
    assert dict(done.votes) == {"ALBA": 609, "BRUN": 300}


def test_the_bureaux_become_territories_in_their_commune(bring: Bring) -> None:
    bring(*BUREAUX)
    station = Territory.objects.get(pk="bureau-de-vote:71076_0002")
    assert station.name == "Chalon-sur-Saône, bureau 2"
    assert api.is_within(territory_id=station.pk, ancestor_id="commune:71076")
    assert api.is_within(territory_id=station.pk, ancestor_id="circonscription:71-05")
    assert api.is_within(territory_id=station.pk, ancestor_id="pays:FR")


def test_a_merged_commune_is_the_sum_of_those_it_was(bring: Bring) -> None:
    FormerCode.objects.create(code="71999", name="Vieux-Mâcon", commune_id="commune:71270")
    done = bring(BUREAUX[0], "71;1;999;0001;Vieux-Mâcon;10;8;0;8;3;5")
    assert done.unknown_places == 0
    found = only("commune:71270")
    assert found.figures.registered == 110
    assert found.merged == ("Mâcon", "Vieux-Mâcon")
    (row,) = [one for one in _places("departement:71").rows if one.territory_id == "commune:71270"]
    assert row.merged == found.merged


def _places(territory_id: str, **words: Any) -> Any:
    election = Election.objects.get()
    found = places_of(territory_id=territory_id, election_id=election.pk, **words)
    assert found is not None
    return found


def test_a_commune_that_nobody_knows_counts_for_its_departement(bring: Bring) -> None:
    done = bring(*BUREAUX, "71;1;998;0001;Nulle-Part;7;7;0;7;7;0")
    assert done.unknown_places == 1
    assert only("departement:71").figures.registered == 387
    names = [row.name for row in _places("departement:71").rows]
    assert "Nulle-Part" in names


def test_parts_add_up_to_the_whole(bring: Bring) -> None:
    bring(*BUREAUX)
    for territory_id in ("commune:71076", "departement:71", "region:27", "pays:FR"):
        for stations in (False, True):
            rows = _places(territory_id, stations=stations).rows
            assert sum(row.figures.registered or 0 for row in rows) == only(territory_id).figures.registered
            assert sum(sum(row.votes) for row in rows) == sum(votes(territory_id).values())


def test_abroad_and_overseas_count_for_the_country(bring: Bring) -> None:
    header = "departement;inscrits;votants;exprimes;ALBA"
    bring("71;10;8;8;8", "ZA;20;8;8;8", "ZX;30;8;8;8", "ZZ;40;8;8;8", header=header)
    found = only("pays:FR")
    assert found.level is TerritoryKind.DEPARTEMENT
    assert found.figures.registered == 100
    assert {row.name for row in _places("pays:FR").rows} >= {"Français de l’étranger", "Saône-et-Loire"}


# Several files of one election ------------------------------------------------------------------------

WIDE = "departement;inscrits;votants;exprimes;ALBA;BRUN"


def test_the_finest_level_that_counts_everybody_is_shown(bring: Bring) -> None:
    bring(*BUREAUX[:4])
    bring("71;380;240;229;109;120", "21;1000;700;680;500;180", header=WIDE, name="national.csv")
    assert only("departement:71").level is TerritoryKind.BUREAU_DE_VOTE
    assert only("departement:71").figures.registered == 380
    country = only("pays:FR")
    assert (country.level, country.figures.registered) == (TerritoryKind.DEPARTEMENT, 1380)
    assert [(one.level, one.registered) for one in country.levels] == [
        (TerritoryKind.BUREAU_DE_VOTE, 380),
        (TerritoryKind.DEPARTEMENT, 1380),
    ]


def test_one_candidate_of_two_files_is_one(bring: Bring) -> None:
    bring(*BUREAUX[:4])
    bring("71;380;240;229;109;120", "21;1000;700;680;500;180", header=WIDE, name="national.csv")
    assert Candidacy.objects.count() == 2


def test_the_same_file_again_replaces_the_first(
    bring: Bring, django_capture_on_commit_callbacks: Any
) -> None:
    first = bring(*BUREAUX)
    with django_capture_on_commit_callbacks(execute=True):
        again = bring(BUREAUX[0], BUREAUX[4])
    assert again.replaced
    assert only("pays:FR").figures.registered == 1100
    assert not store.path_of(kind=FileKind.RESULTS, file_id=first.file_id).exists()
    assert ResultSet.objects.filter(file__state="live").count() == 1


def test_a_file_that_says_it_all_again_replaces_whatever_its_name(bring: Bring) -> None:
    bring(*BUREAUX[:2], name="macon.csv")
    done = bring(*BUREAUX, name="tout.csv")
    assert done.replaced
    assert only("pays:FR").figures.registered == 1380


def test_a_newer_file_answers_for_its_communes_alone(bring: Bring) -> None:
    bring(*BUREAUX, name="tout.csv")
    bring("71;1;270;0001;Mâcon;90;80;5;75;40;35", name="macon.csv")
    assert only("commune:71270").figures.registered == 90
    assert only("departement:71").figures.registered == 320
    assert only("departement:21").figures.registered == 1000


def test_two_rounds_are_two_elections(bring: Bring) -> None:
    bring(*BUREAUX)
    bring("71;1;270;0001;Mâcon;100;70;5;65;30;35", election=SECOND)
    found = results_of(territory_id="commune:71270")
    assert [one.election.round for one in found] == [2, 1]
    both = evolution(now=found[0], before=found[1])
    assert [(choice.label, now, before) for choice, now, before in both.choices] == [
        ("BRUN", 35, 65),
        ("ALBA", 30, 50),
    ]


def test_a_commune_that_two_constituencies_share_needs_its_bureaux(bring: Bring) -> None:
    """A file without constituencies counts for them through its bureaux, or not at all."""
    bring(*BUREAUX[:4])
    later = NewElection(kind=ElectionKind.EUROPEENNES, date=date(2019, 5, 26), round=1)
    header = "departement;commune;bureau;inscrits;votants;exprimes;LISTE"
    bring("71;076;0001;200;90;90;90", "71;076;0002;31;20;20;20", election=later, header=header, name="e.csv")
    found = {
        one.election.kind: one.figures.registered for one in results_of(territory_id="circonscription:71-05")
    }
    assert found == {ElectionKind.PRESIDENTIELLE: 30, ElectionKind.EUROPEENNES: 31}


def test_candidates_of_many_constituencies_are_joined_by_nuance(bring: Bring) -> None:
    header = (
        "Code du département;Code de la circonscription;Code de la commune;Code du b.vote;Inscrits;Votants;"
        "Exprimés;N°Panneau;Nom;Prénom;Nuance;Voix;% Voix/Ins"
    )
    bring(
        "71;1;270;1;100;80;80;1;ALBA;Zoé;ECO;50;50,0;2;BRUN;Éloi;DVD;30;30,0",
        "71;5;076;1;100;80;80;1;CÔME;Inès;ECO;20;20,0;2;ALBA;Zoé;DVD;60;60,0",
        header=header,
        election=NewElection(kind=ElectionKind.LEGISLATIVES, date=date(2017, 6, 11), round=1),
    )
    assert votes("departement:71") == {"DVD": 90, "ECO": 70}
    assert only("departement:71").by_nuance
    assert votes("commune:71270") == {"Zoé ALBA": 50, "Éloi BRUN": 30}
    assert votes("circonscription:71-05") == {"Zoé ALBA": 60, "Inès CÔME": 20}


def test_removing_the_last_file_takes_the_election_away(bring: Bring, cast: Cast) -> None:
    done = bring(*BUREAUX)
    remove_results(by_id=cast.administrator, file_id=done.file_id)
    assert results_of(territory_id="pays:FR") == ()
    assert not Election.objects.exists()
    assert not Candidacy.objects.exists()
    assert ReferenceFile.objects.get(pk=done.file_id).state == "replaced"
    with pytest.raises(NotFound):
        remove_results(by_id=cast.administrator, file_id=done.file_id)


# What is refused, what is told ------------------------------------------------------------------------


def test_nothing_is_published_before_the_last_station_closes() -> None:
    day = date(2027, 4, 11)
    for moment in (
        datetime(2027, 4, 11, 17, 59, 59, tzinfo=UTC),  # 19:59:59 in Paris
        datetime(2027, 4, 11, 0, tzinfo=UTC),
        datetime(2027, 4, 10, 23, tzinfo=UTC),
    ):
        with pytest.raises(BeforeClosing, match=r"L\. 52-2"):
            refuse_before_closing(day=day, at=moment)
    refuse_before_closing(day=day, at=datetime(2027, 4, 11, 18, tzinfo=UTC))
    refuse_before_closing(day=day, at=NOON + timedelta(days=400))


def test_an_import_on_the_day_of_the_ballot_is_refused(bring: Bring) -> None:
    today = NewElection(kind=ElectionKind.OTHER, date=date(2027, 4, 11), round=1)
    with pytest.raises(BeforeClosing):
        bring(*BUREAUX, election=today, at=datetime(2027, 4, 11, 12, tzinfo=UTC))
    assert not ReferenceFile.objects.exists()
    assert not Election.objects.exists()


def test_a_contradictory_line_counts_and_is_listed(bring: Bring) -> None:
    done = bring(*BUREAUX, "71;1;105;0001;Charnay;10;8;0;8;3;4")
    assert (done.rows, done.flagged, done.left_out) == (6, 1, 0)
    assert "8 exprimés" in done.first_problems[0].reason
    assert done.first_problems[0].reason.endswith("Gardée telle quelle.")
    assert only("commune:71105").flagged == 1
    assert only("departement:71").flagged == 1


def test_a_file_that_is_no_results_changes_nothing(bring: Bring) -> None:
    bring(*BUREAUX)
    with pytest.raises(FileRefused):
        bring("rien", header="un;deux")
    assert only("pays:FR").figures.registered == 1380


def test_stopping_an_import_changes_nothing(bring: Bring) -> None:
    class Stop(Exception):
        pass

    def report(done: int, total: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        bring(*BUREAUX, report=report)
    assert not ReferenceFile.objects.exists()
    assert results_of(territory_id="pays:FR") == ()


def test_a_preview_writes_nothing(put: Put, places: None) -> None:
    path = put("2017-presidentielle-1.csv", table(*BUREAUX, "71;1;998;0001;X;1;x;;;;"))
    told = preview_results_file(path=path)
    assert (told["kind"], told["round"], told["date"]) == ("presidentielle", 1, "2017-04-23")
    assert (told["rows"], told["left_out"], told["level"]) == (5, 1, "bureau-de-vote")
    assert told["totals"]["figures"]["registered"] == 1380
    assert told["problems"][0]["line"] == 7
    assert not Election.objects.exists()
    assert not Territory.objects.filter(kind=TerritoryKind.BUREAU_DE_VOTE).exists()


def test_the_ballot_is_asked_for_where_the_name_does_not_tell() -> None:
    assert ballot_of(file_name="2017-presidentielle-1.csv") == FIRST
    with pytest.raises(NoElection):
        ballot_of(file_name="resultats.csv")
    told = ballot_of(file_name="resultats.csv", kind="presidentielle", day=date(2017, 5, 7), round=2)
    assert told == SECOND


def test_the_command_imports_and_tells_the_totals(put: Put, places: None, capsys: Any) -> None:
    path = put("2017-presidentielle-1.csv", table(*BUREAUX))
    call_command("territory", "import-results", str(path), "--dry-run")
    assert not Election.objects.exists()
    call_command("territory", "import-results", str(path))
    told = capsys.readouterr().out
    assert "registered: 1380" in told
    assert "ALBA: 609" in told
    with pytest.raises(CommandError, match="scrutin"):
        call_command("territory", "import-results", str(put("b.csv", table(*BUREAUX))))


def test_an_unknown_territory_is_not_found(places: None) -> None:
    with pytest.raises(NotFound):
        results_of(territory_id="commune:00000")
    assert results_of(territory_id="pays:FR") == ()


def test_the_queries_of_a_table_do_not_grow_with_it(bring: Bring, django_assert_num_queries: Any) -> None:
    def rows(count: int) -> tuple[str, ...]:
        return tuple(f"71;1;270;{i:04d};Mâcon;10;8;0;8;3;5" for i in range(1, count + 1))

    bring(*rows(2))
    election = Election.objects.get().pk
    for count in (2, 20):
        bring(*rows(count))
        with django_assert_num_queries(5):
            places_of(territory_id="commune:71270", election_id=election)
