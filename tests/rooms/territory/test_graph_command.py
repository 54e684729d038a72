"""The verbs of the graph at the command line; and the real files of Saône-et-Loire."""

import csv
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from amiral.rooms.territory import api

pytestmark = pytest.mark.django_db

Put = Callable[[str, bytes], Path]


def run(*words: str) -> str:
    out = StringIO()
    call_command("territory", *words, stdout=out)
    return out.getvalue()


def test_a_table_of_cantons_and_its_bad_lines(places: None, put: Put) -> None:
    told = run("import-memberships", str(put("cantons.csv", b"COM,CAN\n71270,7119\n71999,7119\n")))
    assert "71999" in told
    assert api.is_within(territory_id="commune:71270", ancestor_id="canton:7119")


def test_a_commune_on_a_day(places: None, put: Put) -> None:
    header = "MOD,DATE_EFF,TYPECOM_AV,COM_AV,LIBELLE_AV,TYPECOM_AP,COM_AP,LIBELLE_AP"
    line = "32,2019-01-01,COM,71901,Loché,COM,71270,Mâcon"
    run("import-movements", str(put("mvt.csv", f"{header}\n{line}\n".encode())))
    told = run("on", "71901", "2017-04-23")
    assert "Loché (71901)" in told
    assert "Mâcon (71), 71270" in told


def test_what_cannot_be_used_is_told(places: None, put: Put) -> None:
    with pytest.raises(CommandError, match="COM"):
        run("import-memberships", str(put("x.csv", b"a;b\n1;2\n")))
    with pytest.raises(CommandError):
        run("on", "99999", "2017-04-23")


@pytest.mark.storage
def test_saone_et_loire_of_2017(shared: Path) -> None:
    """567 communes voted in 2017, 563 are left: the former codes of the referential resolve all.

    The file of the ballot is a table of memberships too: Chalon-sur-Saône lies in two constituencies.
    """
    file = shared / "saone-et-loire-71" / "resultats" / "2017-legislatives-1_par_bureau_large-71.csv"
    if not file.exists():
        pytest.skip("no results of 2017 at ../shared/data/saone-et-loire-71/resultats")
    api.load_referential(front_dir=settings.FRONT_DIR)
    with file.open(encoding="utf-8", newline="") as lines:
        codes = {row["code_insee"] for row in csv.DictReader(lines)}
    assert len(codes) == 567
    told = {code: api.territory_on(code=code, on=date(2017, 6, 11)) for code in codes}
    assert all([one.code for one in answer.then] == [code] for code, answer in told.items())
    inside = set(api.descendant_filter(ancestor_ids=["departement:71"]))
    communes = {one for one in inside if one.startswith("commune:")}
    assert {one.id for answer in told.values() for one in answer.today} == communes
    assert len(communes) == 563

    done = api.import_memberships(path=file)
    assert (done.used, done.left_out) == (758, 0)
    shared_links = [one for one in api.graph_of(territory_id="commune:71076").above if not one.exact]
    assert {one.place.code for one in shared_links} == {"71-04", "71-05"}
    fourth = set(api.descendant_filter(ancestor_ids=["circonscription:71-04"]))
    fifth = set(api.descendant_filter(ancestor_ids=["circonscription:71-05"]))
    assert "commune:71076" not in fourth | fifth
    bureaux = {one for one in fourth | fifth if one.startswith("bureau-de-vote:71076_")}
    assert bureaux
    assert not fourth & fifth
