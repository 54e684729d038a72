"""Every code of the readers has its sentence, in both languages, with the same blanks."""

import re
from typing import Any

import pytest
from django.utils import translation

from amiral.kit.readers import PHRASES, LineProblem, UnreadableFile
from amiral.kit.readers import SENTENCES as READERS
from amiral.kit.readers.errors import ADVICE, EXPECTED
from amiral.kit.readers.sniff import _SIGNATURES, _ZIPPED, _marked_up
from amiral.rooms.territory.problems import SENTENCES, WORDS, FileRefused, sentence

BLANK = re.compile(r"%\((\w+)\)s")


def test_every_code_has_a_sentence() -> None:
    assert SENTENCES.keys() == READERS.keys()


@pytest.mark.parametrize("code", sorted(READERS))
def test_sentences_have_the_blanks_that_the_readers_fill(code: str) -> None:
    blanks = set(BLANK.findall(READERS[code]))
    for language in ("fr", "en"):
        with translation.override(language):
            text = sentence(code, {name: f"<{name}>" for name in blanks})
        assert set(re.findall(r"<(\w+)>", text)) == blanks


@pytest.mark.parametrize("code", sorted(READERS))
def test_the_two_languages_differ(code: str) -> None:
    params: dict[str, Any] = dict.fromkeys(BLANK.findall(READERS[code]), "x")
    with translation.override("fr"):
        french = sentence(code, params)
    with translation.override("en"):
        assert french != sentence(code, params)


def test_words_inside_a_sentence_are_translated_too() -> None:
    marked = [_marked_up(head) for head in (b"<html>", b"<osm>", b"<x>")]
    found = [*(name for _, name, _ in (*_SIGNATURES, *_ZIPPED)), *(one[0] for one in marked if one)]
    words = {*EXPECTED, *ADVICE, *found, "a zip archive", "a tar archive"}
    assert words | set(PHRASES) <= WORDS
    with translation.override("fr"):
        assert all(translation.gettext(word) != word for word in words)


def test_a_refusal_is_one_sentence_in_the_language_of_the_person() -> None:
    error = UnreadableFile("other_kind", found="a PDF document", expected=EXPECTED[1], advice=ADVICE[0])
    with translation.override("fr"):
        said = str(FileRefused(error)).replace("\xa0", " ").replace("\u202f", " ")
    assert said == (
        "C’est un document PDF ; attendu : un extrait d’OpenStreetMap (.osm.pbf). Décompressez-le d’abord."
    )


def test_the_reason_inside_a_refusal_is_translated() -> None:
    error = UnreadableFile("no_usable_line", lines=2, reason="The house number is missing.", line=2)
    error.cause = LineProblem(line=2, code="no_number")
    with translation.override("fr"):
        assert "Le numéro manque." in str(FileRefused(error))


def test_what_a_file_says_is_never_a_pattern() -> None:
    with translation.override("fr"):
        assert "100 %s" in sentence("bad_number", {"value": "100 %s"})
