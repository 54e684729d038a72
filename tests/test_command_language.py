"""The commands without Django speak French where the environment is French, English elsewhere."""

import argparse
import ast
import importlib
import inspect
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest

from amiral.config import command_language, opinion_cli, walk_cli, walk_ground_cli
from amiral.config.command_language import SYSTEM_REASONS, VARIABLES, language_of, told
from amiral.cores import opinion
from amiral.cores.sentences import Figure, Sentence
from amiral.cores.walk.result import REASONS, Mode
from amiral.cores.walk.rounds.result import LEFT_OUT
from amiral.kit.readers import PHRASES, SENTENCES

SOURCE = Path(command_language.__file__).parents[1]
PO, ENGLISH_PO = (SOURCE / f"config/locale/{language}/LC_MESSAGES/commands.po" for language in ("fr", "en"))
PLACES = (
    "config/cli.py", "config/command_language.py", "config/outputs.py", "config/*_cli.py",
    "cores/opinion/**/*.py", "cores/walk/**/*.py", "kit/many_plans.py", "kit/engines/*.py",
    "kit/vote_columns.py",
)  # fmt: skip
"""Where texts of the commands stand."""
TABLES = (
    *SENTENCES.values(), *PHRASES, *REASONS.values(), *LEFT_OUT.values(), *map(str, Mode), *SYSTEM_REASONS,
    *opinion.REASONS.values(), opinion_cli.PUBLISHED, opinion_cli.COMPUTED,
    *walk_ground_cli.GROUND.values(), *walk_ground_cli.RULE.values(),
)  # fmt: skip
"""Texts that are looked up before they are told."""
CALLS = {"told": 0, "Sentence": 0, "number": 2, "BadFile": 1}
"""Which argument of these is a text."""
PLURALS = {"expected %s argument": "expected %s arguments"}
"""English plurals of argparse; a text of ours is its own plural."""
BLANK = re.compile(r"%(?:\(\w+\))?[srd]|%%")
HEADER = "id;numero;rep;nom_voie;lon;lat;code_insee"


def texts_of(path: Path) -> Iterator[str]:
    """What a file gives to ``told``, ``Sentence`` and the like: literals, and constants by their names."""
    name = ".".join(("amiral", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
    module = vars(importlib.import_module(name))
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in CALLS:
            given = call.args[CALLS[call.func.id]]
            if isinstance(given, ast.Constant):
                yield given.value
            elif isinstance(given, ast.Name) and given.id.isupper():
                yield module[given.id]
            elif isinstance(given, ast.Attribute) and given.attr.isupper():
                yield getattr(module[ast.unparse(given.value)], given.attr)


def texts_of_argparse() -> Iterator[str]:
    """The words that it can say to who types a command; not those for who writes one."""
    for call in ast.walk(ast.parse(inspect.getsource(argparse))):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        text = call.args[0] if call.func.id in ("_", "ngettext") else None
        if isinstance(text, ast.Constant) and text.value not in FOR_PROGRAMMERS:
            yield text.value


FOR_PROGRAMMERS = {
    ".__call__() not defined",
    "'required' is an invalid argument for positionals",
    "mutually exclusive arguments must be optional",
    "%r is not callable",
    "cannot merge actions - two groups are named %r",
    "invalid option string %(option)r: must start with a character %(prefix_chars)r",
    "dest= is required for options like %r",
    "invalid conflict_resolution value: %r",
    "cannot have multiple subparser arguments",
    "conflicting subparser: %s",
    "conflicting subparser alias: %s",
    "conflicting option string: %s",
    'argument "-" with mode %r',
    "can't open '%(filename)s': %(error)s",
    "unexpected option string: %s",
}


def wanted() -> set[str]:
    """Every text of the commands."""
    paths = {path for place in PLACES for path in SOURCE.glob(place)}
    found = {text for path in paths for text in texts_of(path)} | {*TABLES, *texts_of_argparse()}
    return {str(text) for text in found if re.sub(r"%\(\w+\)s", "", text)}


# The catalogue --------------------------------------------------------------------------------------
def test_the_catalogue_holds_every_text_and_no_other() -> None:
    known = {entry.msgid for entry in polib.pofile(str(PO)) if entry.translated() and not entry.fuzzy}
    assert known == wanted()


def test_translations_have_the_same_blanks() -> None:
    for entry in polib.pofile(str(PO)):
        for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            assert sorted(BLANK.findall(text)) == sorted(BLANK.findall(entry.msgid)), entry.msgid


def test_what_is_counted_has_a_plural() -> None:
    for entry in polib.pofile(str(PO)):
        if "%(count)s" in entry.msgid or entry.msgid in PLURALS:
            assert entry.msgid_plural == PLURALS.get(entry.msgid, entry.msgid)
            assert len(entry.msgstr_plural) == 2


def test_english_says_of_one_what_it_says_of_many() -> None:
    counted = {entry.msgid for entry in polib.pofile(str(PO)) if "%(count)s" in entry.msgid}
    english = {entry.msgid: entry.msgstr_plural for entry in polib.pofile(str(ENGLISH_PO))}
    assert english.keys() == counted
    for text, (one, many) in ((text, plural.values()) for text, plural in english.items()):
        assert many == text
        assert set(BLANK.findall(one)) == set(BLANK.findall(text))
    assert told(Sentence("%(count)s doors", count=1)) == "1 door"
    assert told(Sentence("%(count)s doors", count=0)) == "0 doors"


def test_french_punctuation_is_not_torn_from_its_word() -> None:
    for entry in polib.pofile(str(PO)):
        for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            assert not re.search(r" [;:?!»](?!\S)| %%|« ", text)


def test_the_compiled_catalogue_is_this_one() -> None:
    for path in (PO, ENGLISH_PO):
        compiled = {one.msgid: one.msgstr for one in polib.mofile(str(path.with_suffix(".mo")))}
        assert compiled == {one.msgid: one.msgstr for one in polib.pofile(str(path))}


# The language ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "fr_CH", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "fr_BE.UTF-8"}, "fr"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "", "LANGUAGE": "fr:en"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "en:fr"}, "en"),
    ],
)
def test_the_first_variable_that_is_set_decides(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


@pytest.fixture
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")


def test_a_sentence_is_english_text_wherever_one_is_wanted() -> None:
    made = Sentence("%(name)s must lie between %(least)s and %(most)s; it is %(value)s.", name="detour",
                    least=Figure("1"), most=Figure("5"), value=Figure("0.5"))  # fmt: skip
    again = pickle.loads(pickle.dumps(made))
    assert json.dumps(again) == '"detour must lie between 1 and 5; it is 0.5."'
    assert (again.template, again.params) == (made.template, made.params)


@pytest.mark.usefixtures("french")
def test_numbers_plurals_and_sentences_within_sentences_are_french_too() -> None:
    assert told(Sentence("%(count)s doors", count=0)) == "0 porte"
    assert told(Sentence("%(count)s doors", count=2)) == "2 portes"
    text = "%(count)s doors, %(minutes)s of %(asked)s minutes, %(metres)s m on foot."
    inner = Sentence("line %(line)s", line=3)
    inner = Sentence(text, count=1, minutes=inner, asked=Figure("4.5"), metres="2.35")
    assert told(inner) == "1 porte, ligne 3 minutes sur 4,5, 2.35 m à pied."


# The command ----------------------------------------------------------------------------------------
def parsers() -> dict[str, argparse.ArgumentParser]:
    found = dict[str, argparse.ArgumentParser]()
    for top in (walk_cli._parser(), opinion_cli._parser()):
        (verbs,) = (one for one in top._actions if isinstance(one, argparse._SubParsersAction))
        found |= {top.prog: top, **{verb.prog: verb for verb in verbs.choices.values()}}
    return found


def texts_in(parser: argparse.ArgumentParser) -> dict[str, str | None]:
    helps = {" ".join(one.option_strings) or one.dest: one.help for one in parser._actions}
    return helps | {"description": parser.description, "epilog": parser.epilog}


def test_every_help_is_said_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    english = {verb: texts_in(parser) for verb, parser in parsers().items()}
    monkeypatch.setenv("LANGUAGE", "fr")
    for verb, parser in parsers().items():
        same = [
            name
            for name, text in texts_in(parser).items()
            if text == english[verb][name] and name != "-h --help" and text is not None
        ]
        assert same == []
        assert parser.format_help()


def addresses(path: Path) -> str:
    rows = [
        f"a{n};{n};;Rue Haute;{4.83 + n * 0.0004:.6f};{46.3 + n % 7 * 0.0003:.6f};71270" for n in range(1, 31)
    ]
    path.write_text(
        "\n".join([HEADER, *rows, "b1;;;Rue Haute;4.84;46.3;71270", "b2;4;;Rue Haute;x;46.3;71270"])
    )
    return str(path)


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    try:
        status = walk_cli.run(list(argv))
    except SystemExit as end:
        status = int(str(end.code))
    captured = capsys.readouterr()
    return status, re.sub(r"[\u00a0\u202f]", " ", captured.err + captured.out)


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--addresses", "none.csv"], "amiral walk : none.csv : Le fichier none.csv n’existe pas."),
        (["--minutes", "0.5"], "--minutes : la valeur doit être comprise entre 5 et 1440 ; ici, 0.5."),
        (
            ["--speed", "90"],
            "--speed (en mètres par minute) : la valeur doit être comprise entre 10 et 200 ; ici",
        ),
        (
            ["--start", "999,1"],
            "--start (longitude) : la valeur doit être comprise entre -180 et 180 ; ici, 999.",
        ),
        (["--start", "1"], "argument --start : donnez longitude,latitude : 2.3522,48.8566"),
        (["--effort", "huge"], "argument --effort : choix invalide : 'huge' (choisissez parmi"),
        (["--seed", "x"], "argument --seed : valeur invalide (int attendu) : 'x'"),
        (["--what"], "amiral walk : erreur : options inconnues : --what"),
        (["--crossing", "lane=1"], "--crossing lane=1 : donnez TYPE=SECONDES ; les types sont foot"),
        (["--out", "none/plan"], "Écriture de none/plan impossible : le dossier none n’existe pas."),
        (["--start", "46.3,4.83"], "--start (46.3,4.83) est à"),
    ],
)
def test_what_is_refused_is_told_in_french(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    status, text = said(capsys, "plan", "--addresses", addresses(tmp_path / "a.csv"), "--out", "plan", *more)
    assert status in (2, 3)
    assert words in text


def test_a_plan_is_the_same_in_both_languages_and_its_report_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: dict[str, tuple[bytes, dict[str, Any], str]] = {}
    for language in ("C", "fr_FR.UTF-8"):
        monkeypatch.setenv("LANGUAGE", language)
        out, report = tmp_path / f"{language}.geojson", tmp_path / f"{language}.json"
        given = ["--addresses", addresses(tmp_path / "a.csv"), "--out", str(out), "--report", str(report)]
        status, text = said(capsys, "plan", *given, "--effort", "quick", "--minutes", "30")
        assert status == 0
        made[language] = out.read_bytes(), json.loads(report.read_text()), text
    (plan, english, told_english), (same, french, told_french) = made.values()
    assert plan == same
    assert [one["reason"] for one in english["problems"]] == [one["reason"] for one in french["problems"]]
    assert english["problems"][0]["sentence"] == "The house number is missing."
    assert french["problems"][0]["sentence"] == "Le numéro manque."
    assert "30 doors in 4 turfs, " in told_english or re.match(
        r"30 doors in \d+ turfs, [\d.]+ m", told_english
    )
    assert re.match(r"30 portes en \d+ secteurs, \d+,\d+ m par porte, distances à vol d’oiseau", told_french)
    assert (
        "2 lignes n’ont pas pu servir ; le rapport les énumère. La première, ligne 32 : Le numéro"
        in told_french
    )
    assert len(french["notes"]) == len(english["notes"]) > 0
    assert not set(french["notes"]) & set(english["notes"])


def test_the_language_is_of_who_asks_not_of_who_plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--addresses", addresses(tmp_path / "a.csv"), "--effort", "quick"]
    reports = {}
    for language in ("fr_FR.UTF-8", "C"):
        monkeypatch.setenv("LANGUAGE", language)
        folder = tmp_path / language
        status, text = said(capsys, "plan-many", *given, "--out", str(folder), "--engine", "processes:1")
        assert status == 0
        reports[language] = json.loads((folder / "71270.json").read_text()), text
    (french, told_french), (english, told_english) = reports.values()
    assert "1 commune : 30 portes en" in told_french
    assert "1 commune: 30 doors in" in told_english
    assert "2 lignes n’ont pas pu servir ; summary.json les énumère." in told_french
    assert "en ligne droite" in french["notes"][0]
    assert "by straight lines" in english["notes"][0]
    for name in ("fingerprint", "plan_sha256"):
        assert french[name] == english[name]


POLIS = "voter-id,comment-id,vote"


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"{POLIS}\n1,2,5\n", "votes.csv, ligne 2 : Un vote vaut '5' ; il faut 1 (d’accord)"),
        (f"{POLIS}\n1,2\n", "ligne 2 : 2 cellules là où l’en-tête en a 3"),
        (f"{POLIS}\nx,2,1\n", "ligne 2 : voter-id vaut 'x' ; il faut un nombre entier"),
        ("a,b\n1,2\n", "ligne 1 : Il manque voter-id, comment-id, vote parmi les colonnes"),
        ("", "votes.csv : Le fichier est vide"),
        (None, "votes.csv : Lecture impossible (ce fichier ou ce dossier n’existe pas)."),
    ],
)
def test_a_vote_log_is_refused_in_french(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    votes = tmp_path / "votes.csv"
    if content is not None:
        votes.write_text(content)
    assert opinion_cli.run(["map", str(votes), "--out", str(tmp_path / "map.json")]) == 2
    assert words in re.sub(r"[\u00a0\u202f]", " ", capsys.readouterr().err)


def test_a_map_is_the_same_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    votes, out = tmp_path / "votes.csv", tmp_path / "map.json"
    rows = [f"{person},{n},{(person * n) % 3 - 1}" for person in range(40) for n in range(9)]
    votes.write_text("\n".join([POLIS, *rows]))
    made = {}
    for language in ("C", "fr_FR.UTF-8"):
        monkeypatch.setenv("LANGUAGE", language)
        assert opinion_cli.run(["map", str(votes), "--out", str(out), "--groups", "2"]) == 0
        assert opinion_cli.run(["verify", str(out), str(votes)]) == 0
        made[language] = out.read_bytes(), re.sub(r"[\u00a0\u202f]", " ", capsys.readouterr().out)
    (english, told_english), (french, told_french) = made.values()
    assert english == french
    assert "40 people, 40 placed" in told_english
    assert "The same: " in told_english
    assert "40 personnes, 40 placées" in told_french
    assert "Identique : " in told_french


def test_the_command_itself_speaks_by_its_environment() -> None:
    for language, words in (
        ("fr_FR.UTF-8", "utilisation\xa0: amiral walk tour"),
        ("C", "usage: amiral walk tour"),
    ):
        call = [sys.executable, "-c", "from amiral.config.cli import main; main()", "walk", "tour", "--help"]
        done = subprocess.run(
            call, env={"LC_ALL": language, "PYTHONUTF8": "1"}, capture_output=True, check=True
        )
        assert done.stdout.decode().startswith(words)
