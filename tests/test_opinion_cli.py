"""The command ``amiral opinion``: Polis exports in, a published map out, verified by anyone."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from amiral.config import opinion_cli
from amiral.config.opinion_cli import run
from tests.cores.opinion.making import camps, latest

Say = pytest.CaptureFixture[str]


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """votes.csv, participants-votes.csv and comments.csv of one conversation."""
    votes = camps(people=60, statements=20, per_person=12)
    assert votes.order is not None
    lines = ["timestamp,datetime,comment-id,voter-id,vote"]
    columns = (votes.order, votes.statements, votes.people, votes.values)
    lines += [f"{when},a day,{j},{i},{vote}" for when, j, i, vote in zip(*columns, strict=True)]
    (tmp_path / "votes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    cells = latest(votes)
    wide = ["participant,group-id,n-comments,n-votes,n-agree,n-disagree," + ",".join(map(str, range(20)))]
    wide += [f"{i},0,0,0,0,0," + ",".join(str(cells.get((i, j), "")) for j in range(20)) for i in range(60)]
    (tmp_path / "participants-votes.csv").write_text("\n".join(wide) + "\n", encoding="utf-8")
    about = ["timestamp,comment-id,author-id,agrees,disagrees,moderated,is-meta,comment-body"]
    about += [
        f'1,{j},0,0,0,{-1 if j == 3 else 1},{"true" if j == 5 else "false"},"Idée, {j}"' for j in range(20)
    ]
    (tmp_path / "comments.csv").write_text("\n".join(about) + "\n", encoding="utf-8")
    return tmp_path


def drawn(folder: Path, votes: str = "votes.csv", *more: str) -> dict[str, object]:
    assert run(["map", str(folder / votes), "--out", str(folder / "map.json"), *more]) == 0
    content: dict[str, object] = json.loads((folder / "map.json").read_bytes())
    return content


def test_a_map_is_written_and_its_hash_printed(exports: Path, capsys: Say) -> None:
    content = drawn(exports, "votes.csv", "--comments", str(exports / "comments.csv"))
    said = capsys.readouterr().out
    assert said.split()[0] == hashlib.sha256((exports / "map.json").read_bytes()).hexdigest()
    assert "60 people, 60 placed" in said
    assert content["input"]["moderated"] == [3]  # type: ignore[index]  # a plain dictionary of JSON
    assert content["input"]["meta"] == [5]  # type: ignore[index]  # likewise
    assert b"Id\xc3\xa9e, 4" in (exports / "map.json").read_bytes()
    assert b"Id\xc3\xa9e, 3" not in (exports / "map.json").read_bytes()


def test_columns_give_the_same_map_as_the_export(exports: Path) -> None:
    assert run(["columns", str(exports / "votes.csv"), "--out", str(exports / "log")]) == 0
    assert drawn(exports, "log") == drawn(exports)
    (exports / "log" / "values.npy").write_bytes(b"no numpy")
    assert run(["map", str(exports / "log"), "--out", str(exports / "map.json")]) == 2


def test_both_exports_of_one_conversation_give_the_same_bytes(exports: Path) -> None:
    assert drawn(exports) == drawn(exports, "participants-votes.csv")


def test_a_published_map_is_verified_from_either_export(exports: Path, capsys: Say) -> None:
    drawn(exports, "votes.csv", "--comments", str(exports / "comments.csv"), "--seed", "4", "--groups", "3")
    for votes in ("votes.csv", "participants-votes.csv"):
        assert run(["verify", str(exports / "map.json"), str(exports / votes)]) == 0
    assert "The same: " in capsys.readouterr().out


def test_one_vote_changed_is_found_out(exports: Path, capsys: Say) -> None:
    drawn(exports)
    path = exports / "participants-votes.csv"
    table = path.read_text(encoding="utf-8")
    path.write_text(table.replace(",-1,", ",0,", 1), encoding="utf-8")
    assert run(["verify", str(exports / "map.json"), str(path)]) == 1
    assert "not the votes that the map was made from" in capsys.readouterr().err


def test_one_figure_changed_is_found_out_and_named(exports: Path, capsys: Say) -> None:
    content = drawn(exports)
    content["groups"]["silhouette"] = 0.99  # type: ignore[index]  # a plain dictionary of JSON
    (exports / "map.json").write_text(json.dumps(content), encoding="utf-8")
    assert run(["verify", str(exports / "map.json"), str(exports / "votes.csv")]) == 1
    assert "under groups." in capsys.readouterr().err


def test_a_reformatted_map_is_told_apart_from_a_false_one(exports: Path, capsys: Say) -> None:
    content = drawn(exports)
    (exports / "map.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    assert run(["verify", str(exports / "map.json"), str(exports / "votes.csv")]) == 1
    assert "reformatted" in capsys.readouterr().err


def test_places_of_people_go_to_a_file_of_their_own(exports: Path) -> None:
    drawn(exports, "votes.csv", "--people", str(exports / "people.csv"))
    lines = (exports / "people.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "person,x,y,group"
    assert len(lines) == 61
    assert lines[1].startswith("0,")


def test_large_files_are_read_alike(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slowly = drawn(exports)
    monkeypatch.setattr(opinion_cli, "_LARGE_FILE", 10)
    assert drawn(exports) == slowly


def test_semicolons_and_a_byte_order_mark_are_understood(exports: Path) -> None:
    expected = drawn(exports)
    table = (exports / "votes.csv").read_text(encoding="utf-8").replace(",", ";")
    (exports / "french.csv").write_text("\ufeff" + table, encoding="utf-8")
    assert drawn(exports, "french.csv") == expected


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


BAD_VOTES: list[tuple[str, Callable[[str], str], str]] = [
    ("empty", lambda _: "", "empty"),
    ("no vote column", replaced("vote\n", "choice\n"), "line 1: No column vote"),
    ("not a vote", lambda text: text + "5,a day,1,1,2\n", "line 722: A vote is '2'"),
    ("not a person", lambda text: text + "5,a day,1,Zoé,1\n", "line 722: voter-id is 'Zoé'"),
    ("negative statement", lambda text: text + "5,a day,-1,1,1\n", "line 722: comment-id is '-1'"),
    ("not a time", lambda text: text + "noon,a day,1,1,1\n", "line 722: timestamp is 'noon'"),
    ("cut short", lambda text: text + "5,a d", "line 722: 2 cells where the header has 5"),
    ("open quote", lambda text: text + '5,"a day,1,1,1\n', "Not a CSV table"),
]


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(("name", "change", "said"), BAD_VOTES, ids=[name for name, *_ in BAD_VOTES])
def test_bad_votes_are_refused_with_their_line_and_nothing_is_written(
    name: str,
    change: Callable[[str], str],
    said: str,
    large: bool,
    exports: Path,
    capsys: Say,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opinion_cli, "_LARGE_FILE", 10 if large else 10**9)
    bad, before = exports / "bad.csv", sorted(exports.iterdir())
    bad.write_text(change((exports / "votes.csv").read_text(encoding="utf-8")), encoding="utf-8")
    assert run(["map", str(bad), "--out", str(exports / "map.json")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert str(bad) in error
    assert sorted(exports.iterdir()) == sorted([*before, bad])


BAD_WIDE: list[tuple[str, Callable[[str], str], str]] = [
    (
        "twice a person",
        lambda text: text + text.splitlines()[1] + "\n",
        "line 62: Person 0 stands on an earlier",
    ),
    ("twice a statement", replaced(",7,8", ",7,7"), "same statement number"),
    ("no statement", lambda _: "participant,group-id\n1,0\n", "No column is named"),
    ("not a vote", lambda text: text + "99,0,0,0,0,0,x" + "," * 19 + "\n", "line 62: A vote is 'x'"),
]


@pytest.mark.parametrize(("name", "change", "said"), BAD_WIDE, ids=[name for name, *_ in BAD_WIDE])
def test_bad_tables_of_people_are_refused(
    name: str, change: Callable[[str], str], said: str, exports: Path, capsys: Say
) -> None:
    bad = exports / "bad.csv"
    bad.write_text(change((exports / "participants-votes.csv").read_text(encoding="utf-8")), encoding="utf-8")
    assert run(["map", str(bad), "--out", str(exports / "map.json")]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("comment-id", "id", "No column comment-id"),
        (",-1,false", ",-2,false", "line 5: moderated is '-2'"),
        (",1,true", ",1,perhaps", "line 7: is-meta is 'perhaps'"),
    ],
)
def test_bad_comments_are_refused(old: str, new: str, said: str, exports: Path, capsys: Say) -> None:
    path = exports / "comments.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    arguments = [
        "map",
        str(exports / "votes.csv"),
        "--out",
        str(exports / "map.json"),
        "--comments",
        str(path),
    ]
    assert run(arguments) == 2
    assert said in capsys.readouterr().err


def test_text_in_another_encoding_is_named(exports: Path, capsys: Say) -> None:
    (exports / "votes.csv").write_bytes("timestamp,comment-id,voter-id,vote,né\n".encode("latin-1"))
    assert run(["map", str(exports / "votes.csv"), "--out", str(exports / "map.json")]) == 2
    assert "is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["map", "none.csv", "--out", "map.json"], 2, "none.csv: Cannot be read"),
        (["map", "votes.csv", "--out", "nowhere/map.json"], 3, "Cannot write"),
        (["map", "votes.csv", "--out", "votes.csv"], 2, "This file is read"),
        (["map", "votes.csv", "--out", "map.json", "--groups", "1"], 2, "group_count"),
        (["verify", "none.json", "votes.csv"], 2, "none.json: Cannot be read"),
        (["verify", "votes.csv", "votes.csv"], 2, "Not JSON"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], status: int, said: str, exports: Path, capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(exports)
    before = {path.name: path.read_bytes() for path in exports.iterdir()}
    assert run(arguments) == status
    assert said in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in exports.iterdir()} == before


@pytest.mark.parametrize("content", ["[]", '{"format": "other/1"}', '{"format": "amiral-opinion-map/3"}'])
def test_what_is_no_map_is_refused(content: str, exports: Path) -> None:
    (exports / "map.json").write_text(content, encoding="utf-8")
    assert run(["verify", str(exports / "map.json"), str(exports / "votes.csv")]) == 2


def test_an_earlier_map_survives_a_failed_run(exports: Path) -> None:
    drawn(exports)
    before = (exports / "map.json").read_bytes()
    (exports / "votes.csv").write_text("timestamp,comment-id,voter-id,vote\n1,1,1,9\n", encoding="utf-8")
    assert run(["map", str(exports / "votes.csv"), "--out", str(exports / "map.json")]) == 2
    assert (exports / "map.json").read_bytes() == before


def test_the_command_never_loads_django(exports: Path) -> None:
    votes = str(exports / "votes.csv")
    program = (
        "import sys\n"
        "from amiral.config.cli import main\n"
        f"sys.argv = ['amiral', 'opinion', 'map', {votes!r}, '--out', {votes + '.json'!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'django']\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
