"""What a code stood for on a day: merges, splits, chains, changes of code; and INSEE's table of them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.kit.errors import NotFound
from amiral.rooms.territory.actions.movements import import_movements
from amiral.rooms.territory.actions.referential import put_undated_successions
from amiral.rooms.territory.actions.tables import TableRefused
from amiral.rooms.territory.contracts import Succession, SuccessionKind
from amiral.rooms.territory.models import (
    FormerCode,
    TableImport,
    Territory,
    TerritoryLink,
    TerritorySuccession,
)
from amiral.rooms.territory.problems import FileRefused
from amiral.rooms.territory.queries.history import History, territory_on
from tests.conftest import NOON

Put = Callable[[str, bytes], Path]
BALLOT = date(2017, 4, 23)
HEADER = (
    "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TNCC_AV,NCC_AV,NCCENR_AV,LIBELLE_AV,"
    "TYPECOM_AP,COM_AP,TNCC_AP,NCC_AP,NCCENR_AP,LIBELLE_AP"
)


def event(
    mod: str, day: str, old: str, new: str, *, names: tuple[str, str] = ("", ""), kinds: str = "COM,COM"
) -> str:
    before, after = names[0] or f"N{old}", names[1] or f"N{new}"
    first, second = kinds.split(",")
    return f"{mod},{day},{first},{old},0,X,{before},{before},{second},{new},0,X,{after},{after}"


def table(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


def succession(
    old: str, new: str, day: date | None, kind: SuccessionKind = SuccessionKind.MERGE
) -> Succession:
    return Succession(old_code=old, old_name=f"N{old}", new_code=new, new_name=f"N{new}", date=day, kind=kind)


MERGED = date(2016, 1, 1)
AGAIN = date(2019, 1, 1)
CHAIN = (
    # A and B become B on the first day; B and C become C on the second.
    succession("A", "B", MERGED),
    succession("B", "B", MERGED),
    succession("B", "C", AGAIN),
    succession("C", "C", AGAIN),
)


def history(*rows: Succession, current: str = "C") -> History:
    return History(successions=rows, current=frozenset(current))


class TestPure:
    def test_a_chain_of_merges_forward(self) -> None:
        told = history(*CHAIN)
        assert told.stood_for("A", date(2015, 12, 31)) == ["A"]
        assert told.stood_for("A", MERGED) == ["B"]
        assert told.stood_for("A", BALLOT) == ["B"]
        assert told.stood_for("A", AGAIN) == ["C"]
        assert told.forward("A", date(2015, 1, 1)) == {"C"}

    def test_a_chain_of_merges_backward(self) -> None:
        told = history(*CHAIN)
        assert told.backward("C", date(2015, 1, 1)) == {"A", "B", "C"}
        assert told.backward("C", BALLOT) == {"B", "C"}
        assert told.backward("C", AGAIN) == {"C"}

    def test_a_split(self) -> None:
        told = history(
            succession("A", "A", AGAIN, SuccessionKind.SPLIT),
            succession("A", "B", AGAIN, SuccessionKind.SPLIT),
            current="AB",
        )
        assert told.existed("B", BALLOT) is False
        assert told.stood_for("B", BALLOT) == ["A"]
        assert told.forward("A", BALLOT) == {"A", "B"}
        assert told.backward("B", BALLOT) == {"A"}

    def test_a_commune_merged_and_restored(self) -> None:
        told = history(
            succession("A", "B", MERGED),
            succession("B", "B", MERGED),
            succession("B", "A", AGAIN, SuccessionKind.SPLIT),
            succession("B", "B", AGAIN, SuccessionKind.SPLIT),
            current="AB",
        )
        assert told.stood_for("A", date(2015, 1, 1)) == ["A"]
        assert told.stood_for("A", BALLOT) == ["B"]
        assert told.stood_for("A", AGAIN) == ["A"]

    def test_a_new_code(self) -> None:
        told = history(succession("A", "B", MERGED, SuccessionKind.RECODE), current="B")
        assert told.stood_for("B", date(2015, 1, 1)) == ["A"]
        assert told.stood_for("A", BALLOT) == ["B"]

    def test_names_are_those_of_the_day(self) -> None:
        rename = Succession(
            old_code="A", old_name="Old", new_code="A", new_name="New", date=MERGED,
            kind=SuccessionKind.RENAME,
        )  # fmt: skip
        told = history(rename, current="A")
        assert told.place("A", date(2015, 12, 31)).name == "Old"
        assert told.place("A", MERGED).name == "New"

    def test_a_succession_without_a_day_is_never_given_one(self) -> None:
        told = history(succession("A", "C", None, SuccessionKind.UNKNOWN))
        assert told.existed("A", BALLOT) is None
        assert told.stood_for("A", BALLOT) == ["A"]
        assert told.forward("A", BALLOT) == {"C"}
        assert told.backward("C", BALLOT) == {"A", "C"}
        assert not told.place("A", BALLOT).dated

    def test_a_new_code_and_a_merge_on_one_day(self) -> None:
        """Freigné, 49144, got the code 44225 of its new département and merged into 44180 that day."""
        told = history(
            succession("F", "N", AGAIN, SuccessionKind.RECODE),
            succession("N", "V", AGAIN),
            succession("V", "V", AGAIN),
            current="V",
        )
        assert told.stood_for("F", BALLOT) == ["F"]
        assert told.stood_for("F", AGAIN) == ["V"]
        assert told.forward("F", BALLOT) == {"V"}
        assert told.backward("V", BALLOT) == {"F", "V"}
        assert told.stood_for("N", BALLOT) == ["F"]
        assert told.stood_for("N", AGAIN) == ["V"]
        assert told.existed("N", AGAIN) is False

    def test_two_merges_on_one_day(self) -> None:
        told = history(
            succession("A", "B", AGAIN), succession("B", "C", AGAIN), succession("C", "C", AGAIN), current="C"
        )
        for code in "ABC":
            assert told.stood_for(code, BALLOT) == [code]
            assert told.stood_for(code, AGAIN) == ["C"]
        assert told.backward("C", BALLOT) == {"A", "B", "C"}

    def test_a_part_that_is_split_off_and_merged_on_one_day(self) -> None:
        told = history(
            succession("A", "A", AGAIN, SuccessionKind.SPLIT),
            succession("A", "B", AGAIN, SuccessionKind.SPLIT),
            succession("B", "C", AGAIN),
            succession("C", "C", AGAIN),
            current="AC",
        )
        assert told.forward("A", BALLOT) == {"A", "C"}
        assert told.backward("C", BALLOT) == {"A", "C"}
        assert told.existed("B", BALLOT) is False

    def test_codes_exchanged_on_one_day_are_no_chain(self) -> None:
        told = history(
            succession("A", "B", AGAIN, SuccessionKind.RECODE),
            succession("B", "A", AGAIN, SuccessionKind.RECODE),
            current="AB",
        )
        assert told.forward("A", BALLOT) == {"B"}
        assert told.forward("B", BALLOT) == {"A"}

    def test_a_circle_ends(self) -> None:
        told = history(
            succession("A", "B", None, SuccessionKind.UNKNOWN),
            succession("B", "A", None, SuccessionKind.UNKNOWN),
            current="",
        )
        assert told.forward("A", BALLOT)

    @given(
        merges=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 5)), max_size=8),
        day=st.integers(-1, 6),
    )
    def test_merges_followed_there_and_back(self, merges: list[tuple[int, int, int]], day: int) -> None:
        """Communes that merge, each on a day of its own: what was on the ground leads to what is there."""
        alive, rows = set(range(10)), []
        for place, (old, new, year) in enumerate(sorted(merges, key=lambda one: one[2])):
            if old != new and {old, new} <= alive:
                alive -= {old}
                when = date(2010 + year, 1, 1 + place)
                rows += [succession(str(old), str(new), when), succession(str(new), str(new), when)]
        told = History(successions=tuple(dict.fromkeys(rows)), current=frozenset(map(str, alive)))
        on = date(2010 + day, 6, 1)
        for code in map(str, alive):
            for place in told.backward(code, on):
                assert told.existed(place, on)
                assert told.forward(place, on) == {code}


@pytest.mark.django_db
@pytest.mark.usefixtures("places")
class TestImport:
    def test_a_commune_on_the_day_of_the_ballot(self, put: Put) -> None:
        done = import_movements(
            path=put(
                "mvt.csv",
                table(
                    event("32", "2019-01-01", "71270", "71270", names=("Mâcon-Nord", "Mâcon")),
                    event("32", "2019-01-01", "71270", "71270", kinds="COM,COMD"),
                    event("32", "2019-01-01", "71901", "71270", names=("Loché", "Mâcon")),
                    event("32", "2019-01-01", "71901", "71901", kinds="COM,COMD"),
                ),
            )
        )
        assert (done.used, done.other, done.left_out) == (2, 2, 0)
        assert done.first_day == done.last_day == date(2019, 1, 1)
        then = territory_on(code="71901", on=BALLOT)
        assert [(one.code, one.name, one.dated) for one in then.then] == [("71901", "Loché", True)]
        assert [one.id for one in then.today] == ["commune:71270"]
        assert {one.code: one.name for one in then.ground} == {"71270": "Mâcon-Nord", "71901": "Loché"}
        assert then.certain
        after = territory_on(code="71901", on=date(2020, 1, 1))
        assert [one.code for one in after.then] == ["71270"]

    def test_without_the_table_nothing_is_certain(self) -> None:
        told = territory_on(code="71270", on=BALLOT)
        assert [one.code for one in told.then] == ["71270"]
        assert not told.certain

    def test_an_undated_former_code_says_so(self) -> None:
        FormerCode.objects.create(code="71901", name="Loché", commune_id="commune:71270")
        put_undated_successions()
        told = territory_on(code="71901", on=BALLOT)
        assert [(one.code, one.dated) for one in told.then] == [("71901", False)]
        assert [one.id for one in told.today] == ["commune:71270"]
        assert told.successions[0].date is None
        assert not told.certain

    def test_the_table_takes_the_place_of_what_had_no_day(self, put: Put) -> None:
        for code in ("71901", "71902"):
            FormerCode.objects.create(code=code, name="Loché", commune_id="commune:71270")
        put_undated_successions()
        import_movements(path=put("mvt.csv", table(event("31", "1972-01-01", "71901", "71270"))))
        rows = TerritorySuccession.objects.order_by("old_code").values_list("old_code", "date")
        assert list(rows) == [("71901", date(1972, 1, 1)), ("71902", None)]

    def test_importing_again_changes_nothing(self, put: Put) -> None:
        path = put("mvt.csv", table(event("31", "1972-01-01", "71901", "71270")))
        assert import_movements(path=path).changed == 1
        keys = set(TerritorySuccession.objects.values_list("pk", flat=True))
        assert import_movements(path=path).changed == 0
        assert set(TerritorySuccession.objects.values_list("pk", flat=True)) == keys
        assert TableImport.objects.count() == 2

    def test_a_later_edition_replaces_the_one_before(self, put: Put) -> None:
        import_movements(path=put("a.csv", table(event("31", "1972-01-01", "71901", "71270"))))
        import_movements(path=put("b.csv", table(event("31", "1973-01-01", "71901", "71270"))))
        assert TerritorySuccession.objects.get().date == date(1973, 1, 1)

    def test_bad_lines_are_told_and_the_others_kept(self, put: Put) -> None:
        done = import_movements(
            path=put(
                "mvt.csv",
                table(
                    event("31", "1972-01-01", "71901", "71270"),
                    event("31", "1972-13-01", "71902", "71270"),
                    event("99", "1972-01-01", "71903", "71270"),
                    event("31", "01/01/1973", "71904", "71270"),
                    event("31", "1972-01-01", "7190", "71270"),
                    "31,1972-01-01",
                ),
            )
        )
        assert (done.used, done.left_out) == (2, 4)
        assert [one.place for one in done.problems] == ["ligne 3", "ligne 4", "ligne 6", "ligne 7"]
        assert "1972-13-01" in done.problems[0].reason

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "vide"),
            (b"a;b\n1;2\n", "MOD"),
            (HEADER.encode() + b"\n", "aucune ligne"),
            (table(event("31", "never", "71901", "71270")), "never"),
            (b"PK\x03\x04xl/workbook", "tableur"),
            (b"%PDF-1.4", "PDF"),
        ],
    )
    def test_a_file_that_is_none_changes_nothing(self, put: Put, content: bytes, sentence: str) -> None:
        import_movements(path=put("good.csv", table(event("31", "1972-01-01", "71901", "71270"))))
        with pytest.raises((FileRefused, TableRefused), match=sentence):
            import_movements(path=put("mvt.csv", content))
        assert TerritorySuccession.objects.count() == 1

    def test_separators_and_encodings(self, put: Put) -> None:
        line = event("31", "1972-01-01", "71901", "71270", names=("Loché", "Mâcon"))
        content = f"{HEADER}\n{line}\n".replace(",", ";").encode("cp1252")
        import_movements(path=put("mvt.csv", content))
        assert TerritorySuccession.objects.get().old_name == "Loché"

    def test_unknown_codes_are_not_found(self) -> None:
        for code in ("99999", "", "x", "\x00"):
            with pytest.raises(NotFound):
                territory_on(code=code, on=BALLOT)

    def test_the_answer_takes_few_queries(self, put: Put, django_assert_max_num_queries: Any) -> None:
        rows = [event("31", f"19{50 + n}-01-01", f"719{n:02d}", f"719{n + 1:02d}") for n in range(20)]
        import_movements(path=put("mvt.csv", table(*rows)))
        with django_assert_max_num_queries(25):
            assert territory_on(code="71900", on=date(1940, 1, 1)).certain

    def test_a_commune_that_became_another_is_named_by_its_territory(self, put: Put) -> None:
        import_movements(path=put("mvt.csv", table(event("31", "1972-01-01", "71901", "71270"))))
        row = TerritorySuccession.objects.get()
        assert row.new == Territory.objects.get(pk="commune:71270")

    def test_a_retired_commune_gets_its_last_day_from_the_table(self, put: Put) -> None:
        Territory.objects.filter(pk="commune:71105").update(retired_at=NOON)
        day = NOON.date()
        link = TerritoryLink.objects.create(
            child_id="commune:71105", parent_id="region:27", valid_to=day, approximate=True
        )
        lines = (
            event("32", "2019-01-01", "71105", "71270"),
            event("32", "2019-01-01", "71270", "71270"),
        )
        import_movements(path=put("m.csv", table(*lines)))
        assert Territory.objects.get(pk="commune:71105").valid_to == AGAIN
        assert Territory.objects.get(pk="commune:71270").valid_to is None
        link.refresh_from_db()
        assert (link.valid_to, link.approximate) == (AGAIN, False)

    def test_a_commune_that_came_back_has_no_last_day(self, put: Put) -> None:
        Territory.objects.filter(pk="commune:71105").update(retired_at=NOON)
        merged = event("32", "2016-01-01", "71105", "71270"), event("32", "2016-01-01", "71270", "71270")
        import_movements(path=put("m.csv", table(*merged)))
        assert Territory.objects.get(pk="commune:71105").valid_to == MERGED
        split = event("21", "2019-01-01", "71270", "71105"), event("21", "2019-01-01", "71270", "71270")
        import_movements(path=put("m.csv", table(*merged, *split)))
        assert Territory.objects.get(pk="commune:71105").valid_to is None

    def test_a_chain_of_one_day_from_a_table(self, put: Put) -> None:
        """As INSEE writes it: a new code because of the département, and the merge, both on that day."""
        lines = (
            event("41", "2019-01-01", "49144", "71998"),
            event("32", "2019-01-01", "71998", "71270"),
            event("32", "2019-01-01", "71270", "71270"),
        )
        import_movements(path=put("m.csv", table(*lines)))
        told = territory_on(code="49144", on=BALLOT)
        assert [one.code for one in told.then] == ["49144"]
        assert [one.code for one in told.today] == ["71270"]
        assert [one.code for one in territory_on(code="71998", on=date(2020, 1, 1)).then] == ["71270"]
        assert "71998" not in {one.code for one in territory_on(code="71270", on=BALLOT).ground}
