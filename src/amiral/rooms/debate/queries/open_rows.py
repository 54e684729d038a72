"""The rows of votes of those who agreed to publish theirs: computed once for a map, then served.

They stand under numbers that mean nothing elsewhere, latest votes only, with a map of these rows alone, which
anybody computes again to the same bytes. Five people at least.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np

from amiral.cores.counted_once import linked_in, map_once
from amiral.cores.opinion import OpinionMap, Parameters, Votes, canonical_json, document, opinion_map
from amiral.rooms.debate.contracts import LEAST_PEOPLE, StatementState
from amiral.rooms.debate.models import MapVersion, OpenRows, Statement, Vote, Voter

_VOTE_FIELDS = ("voter_id", "voter__pseudonym", "statement__number", "value")
_COMMENT = ("comment-id", "moderated", "is-meta", "comment-body")
Cast = tuple[int, int, int]
"""Number of the person in the file, number of the statement, vote."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """What was computed, and of which voices: they must still agree when it is kept."""

    voters: frozenset[int]
    numbers: list[int]
    statements_sha256: str
    votes: str
    comments: str
    document: str
    once_document: str


def fresh(*, version: MapVersion) -> OpenRows | None:
    """What was kept for the map, unless a word or state of its statements has changed since. Two queries."""
    kept = OpenRows.objects.filter(version=version).first()
    if kept is None or kept.statements_sha256 != _words_sha256(_words(version, kept.numbers)):
        return None
    return kept


def kept(*, consultation_id: UUID) -> OpenRows | None:
    """What was kept for the latest map, whatever has changed since: a download renews it. One query."""
    rows = OpenRows.objects.filter(version__consultation_id=consultation_id)
    return rows.order_by("-version__number").first()


def may_publish(*, version: MapVersion) -> frozenset[int]:
    """Ids of the voices that agree now. One query."""
    rows = Voter.objects.filter(consultation_id=version.consultation_id, opens_votes=True)
    return frozenset(rows.values_list("pk", flat=True))


def build(*, version: MapVersion) -> Built | None:
    """Computes it from the votes that the map has seen; None of fewer than five people. Two queries; the map
    of these votes."""
    rows = Vote.objects.filter(
        voter__consultation_id=version.consultation_id, voter__opens_votes=True, pk__lte=version.votes_seen
    )
    rows = rows.exclude(statement__state=StatementState.PENDING).order_by("pk")
    voters, latest = set(), {}
    for voter, name, number, value in rows.values_list(*_VOTE_FIELDS):
        voters.add(voter)
        latest[name, number] = value
    people = {name: at for at, name in enumerate(sorted({name for name, _number in latest}))}
    if len(people) < LEAST_PEOPLE:
        return None
    votes = sorted((people[name], number, value) for (name, number), value in latest.items())
    numbers = sorted({number for _person, number, _value in votes})
    words = _words(version, numbers)
    drawn, once = _documents(votes, words)
    return Built(
        voters=frozenset(voters),
        numbers=numbers,
        statements_sha256=_words_sha256(words),
        votes=plain_csv(("voter-id", "comment-id", "vote"), votes),
        comments=plain_csv(_COMMENT, words),
        document=drawn,
        once_document=once,
    )


Word = tuple[int, int, str, str]
"""A line of the file of comments."""


def _words(version: MapVersion, numbers: Sequence[int]) -> list[Word]:
    """Statements as they may be read today. One query."""
    rows = Statement.objects.filter(consultation_id=version.consultation_id, state=StatementState.SHOWN)
    shown = {
        number: (about, text) for number, about, text in rows.values_list("number", "about_voter", "text")
    }
    return [
        (number, 1, "true" if shown[number][0] else "false", shown[number][1])
        if number in shown
        else (number, -1, "false", "")
        for number in numbers
    ]


def _words_sha256(words: Sequence[Word]) -> str:
    return sha256(plain_csv(_COMMENT, words).encode()).hexdigest()


def _documents(votes: Sequence[Cast], words: Sequence[Word]) -> tuple[str, str]:
    """The map of the rows, and that with each set of linked voices as one; empty where there is no set."""
    table = np.array(votes, np.int64)
    moderated = [number for number, state, _about, _text in words if state < 0]
    meta = [number for number, _state, about, _text in words if about == "true"]
    opinion = opinion_map(
        votes=Votes(people=table[:, 0], statements=table[:, 1], values=table[:, 2].astype(np.int8)),
        parameters=Parameters(),
        moderated=moderated,
        meta=meta,
    )
    texts = {number: text for number, state, _about, text in words if state > 0}
    sets = linked_in(matrix=opinion.matrix, moderated=moderated, meta=meta)
    once = map_once(opinion=opinion, sets=sets, moderated=moderated, meta=meta) if sets else None
    return _canonical(opinion, texts), _canonical(once, texts) if once else ""


def _canonical(opinion: OpinionMap, texts: Mapping[int, str]) -> str:
    return canonical_json(document(opinion=opinion, texts=texts)).decode()


def plain_csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Every cell as it is: whoever computes the map again needs each byte."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()
