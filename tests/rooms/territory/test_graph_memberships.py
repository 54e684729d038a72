"""Tables of communes with their cantons and constituencies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amiral.kit.errors import NotFound
from amiral.rooms.territory import api
from amiral.rooms.territory.actions.memberships import import_memberships
from amiral.rooms.territory.actions.tables import TableRefused
from amiral.rooms.territory.models import FormerCode, TableImport, Territory, TerritoryLink
from tests.conftest import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]

Put = Callable[[str, bytes], Path]


def rows(*lines: str, header: str = "COM,CAN") -> bytes:
    return "\n".join([header, *lines, ""]).encode()


def links(child: str) -> dict[str, bool]:
    found = TerritoryLink.objects.filter(child_id=child, valid_to=None)
    return {one.parent_id: one.exact for one in found if one.parent_id != "departement:71"}


def test_a_table_of_cantons(put: Put) -> None:
    done = import_memberships(path=put("cantons.csv", rows("71270,7119", "71076,7103", "71105,7119")))
    assert (done.used, done.left_out) == (3, 0)
    inside = set(api.descendant_filter(ancestor_ids=["canton:7119"]))
    assert inside == {"canton:7119", "commune:71270", "commune:71105"}
    assert api.is_within(territory_id="canton:7119", ancestor_id="departement:71")
    assert Territory.objects.get(pk="canton:7119").name == "Canton n° 19 (71)"


def test_the_list_of_communes_of_insee(put: Put) -> None:
    header = "TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT"
    lines = (
        "COM,71270,27,71,71D,713,0,MACON,Mâcon,Mâcon,7119,",
        "COMD,71270,,,,,0,X,X,X,,71270",
        "COM,71076,27,71,71D,712,0,X,X,X,7199,",
    )
    done = import_memberships(path=put("v_commune.csv", rows(*lines, header=header)))
    assert (done.used, done.other, done.left_out) == (1, 1, 1)
    assert "plusieurs cantons" in done.problems[0].reason
    assert links("commune:71270")["canton:7119"]


def test_the_table_of_the_ministry(put: Put) -> None:
    header = "CODE DPT;NOM DPT;CODE COMMUNE;NOM COMMUNE;CODE CIRC LEGISLATIVE;CODE CANTON;NOM CANTON"
    lines = (
        "71;SAONE-ET-LOIRE;270;Mâcon;1;19;Mâcon-1",
        "71;SAONE-ET-LOIRE;76;Chalon;3;3;Chalon-1",
        "71;X;76;Chalon;5;3;Chalon-1",
    )
    import_memberships(path=put("circo.csv", rows(*lines, header=header)))
    assert links("commune:71076") == {
        "canton:7103": True,
        "circonscription:71-03": False,
        "circonscription:71-05": False,
    }
    assert Territory.objects.get(pk="canton:7119").name == "Mâcon-1"
    assert Territory.objects.get(pk="circonscription:71-01").name == "1re circonscription (71)"


def test_the_constituencies_of_insee(put: Put) -> None:
    header = "DEP,libdep,REG,libreg,COMMUNE_RESID,LIBcom,circo,type_com"
    lines = ("71,S,27,B,71270,Mâcon,71001,entière", "71,S,27,B,71076,Chalon,71003,partielle")
    done = import_memberships(path=put("circo_composition.csv", rows(*lines, header=header)))
    assert (done.used, done.other, done.left_out) == (2, 0, 0)
    assert "circonscription:71-01" in links("commune:71270")


def test_bureaux_of_a_shared_commune_are_exact(put: Put) -> None:
    content = rows(
        "71076,1,71-03", "71076,2,71-05", "71270,1,71-01", header="code_insee,bureau,circonscription"
    )
    import_memberships(path=put("bureaux.csv", content))
    assert links("commune:71076") == {"circonscription:71-03": False, "circonscription:71-05": False}
    assert links("commune:71270") == {"circonscription:71-01": True}
    inside = set(api.descendant_filter(ancestor_ids=["circonscription:71-05"]))
    assert inside == {"circonscription:71-05", "bureau-de-vote:71076_0002"}
    assert api.is_within(territory_id="bureau-de-vote:71076_0002", ancestor_id="commune:71076")


def test_importing_again_changes_nothing(put: Put) -> None:
    path = put("cantons.csv", rows("71270,7119", "71076,7103"))
    import_memberships(path=path)
    assert import_memberships(path=path).changed == 0
    assert TableImport.objects.count() == 2


def test_a_former_code_speaks_of_the_commune_of_today(put: Put) -> None:
    FormerCode.objects.create(code="71901", name="Loché", commune_id="commune:71270")
    import_memberships(path=put("cantons.csv", rows("71901,7119")))
    assert links("commune:71270") == {"canton:7119": True}


def test_bad_lines_are_told_and_the_others_kept(put: Put) -> None:
    content = rows(
        "71270,7119",
        "71999,7119",
        "abc,7119",
        "71076,2103",
        "71105,x",
        "71105,",
        "71105",
        "71076,0",
    )
    done = import_memberships(path=put("cantons.csv", content))
    assert (done.used, done.left_out) == (1, 7)
    assert [one.place for one in done.problems] == [f"ligne {n}" for n in range(3, 10)] or len(
        done.problems
    ) == 7
    assert links("commune:71076") == {}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "vide"),
        (b"nom;code\n1;2\n", "COM"),
        (b"COM;nom\n71270;x\n", "CAN"),
        (b"COM,CAN\n", "aucune ligne"),
        (b"COM,CAN\n99999,7101\n", "99999"),
    ],
)
def test_a_table_that_is_none_changes_nothing(put: Put, content: bytes, sentence: str) -> None:
    with pytest.raises(Exception, match=sentence):
        import_memberships(path=put("x.csv", content))
    assert not TableImport.objects.exists()
    assert not Territory.objects.filter(kind="canton").exists()


def test_a_coordinator_speaks_of_his_own_communes_alone(put: Put, cast: Cast) -> None:
    path = put("cantons.csv", rows("71270,7119", "21231,2101"))
    done = import_memberships(path=path, imported_by_id=cast.coordinator)
    assert (done.used, done.left_out) == (1, 1)
    assert links("commune:21231") == {"departement:21": True}
    everything = import_memberships(path=path, imported_by_id=cast.administrator)
    assert everything.used == 2


@pytest.mark.parametrize("who", ["owner", "teammate", "stranger"])
def test_others_import_nothing(put: Put, cast: Cast, who: str) -> None:
    with pytest.raises(NotFound):
        import_memberships(path=put("c.csv", rows("71270,7119")), imported_by_id=getattr(cast, who))


def test_a_coordinator_of_another_departement_gets_no_line_through(put: Put, cast: Cast) -> None:
    with pytest.raises(TableRefused, match="71270"):
        import_memberships(path=put("c.csv", rows("71270,7119")), imported_by_id=cast.other_coordinator)


def test_many_lines_cost_as_many_queries_as_few(put: Put, django_assert_max_num_queries: Any) -> None:
    for count in (2, 40):
        content = rows(*(f"71270,{n},71-01" for n in range(1, count)), header="COM,BUREAU,CIRCO")
        with django_assert_max_num_queries(45):
            import_memberships(path=put("c.csv", content))


def test_bureaux_of_one_number_stay_two_after_a_merge(put: Put) -> None:
    FormerCode.objects.create(code="71901", name="Loché", commune_id="commune:71270")
    content = rows("71901,1,71-01", "71270,1,71-02", header="COM,BUREAU,CIRCO")
    import_memberships(path=put("bureaux.csv", content))
    assert links("commune:71270") == {"circonscription:71-01": False, "circonscription:71-02": False}
    assert api.is_within(territory_id="bureau-de-vote:71901_0001", ancestor_id="circonscription:71-01")
    assert api.is_within(territory_id="bureau-de-vote:71901_0001", ancestor_id="commune:71270")
