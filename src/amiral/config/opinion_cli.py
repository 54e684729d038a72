"""``amiral opinion …``: votes in, a published map out, and the proof that they match. No Django."""

import argparse
import csv
import json
import os
import sys
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from amiral.config.command_language import reason_of, speak_in_library, told, told_error, unwritable
from amiral.config.outputs import whole_file
from amiral.cores.counted_once import linked_in
from amiral.cores.linked_voices import counted_once
from amiral.cores.opinion import (
    FORMAT,
    NOBODY,
    REASONS,
    BadParameter,
    BadVotes,
    OpinionMap,
    Parameters,
    Votes,
    canonical_json,
    document,
    fingerprint,
    group_name,
    opinion_map,
)
from amiral.cores.sentences import Figure, Sentence
from amiral.cores.withholding import withheld
from amiral.kit.vote_columns import BadColumns, read_columns, write_columns

DIFFERENT, REFUSED, UNWRITABLE, INTERRUPTED = 1, 2, 3, 130

EPILOG = """\
examples:
  amiral opinion map votes.csv --comments comments.csv --out map.json
  amiral opinion verify map.json votes.csv
  amiral opinion verify map.json votes.csv --once map-once.json
  amiral opinion columns votes.csv --out votes

VOTES is an export of Polis: votes.csv (columns voter-id, comment-id, vote and, if votes can be replaced,
timestamp) or participants-votes.csv (column participant, then one column per statement). A vote is 1
(agree), 0 (pass) or -1 (disagree). For large logs VOTES may be a folder of columns, as "columns" writes it.
COMMENTS is its comments.csv (columns comment-id, moderated, comment-body,
is-meta): statements moderated out (-1) are left out of the map, and the texts of the others copied into it.
The same votes and options give the same file, byte for byte, on every machine.
Exit status: 0 done, 1 verify found a difference, 2 a file or an option cannot be used, 3 a result cannot be
written, 130 interrupted.
"""

PUBLISHED, COMPUTED = "published %(fingerprint)s", "computed  %(fingerprint)s"
INCOMPLETE = "The map is not complete (%(error)s): give it as it was published."

_MOST = 2**53
_LARGE_FILE = 8_000_000
_VOTES = {"1": 1, "0": 0, "-1": -1, "1.0": 1, "0.0": 0, "-1.0": -1}
_NAMES = {
    "person": ("voter-id", "participant-id", "participant_id", "voter_id"),
    "statement": ("comment-id", "statement-id", "statement_id", "comment_id"),
    "vote": ("vote",),
    "order": ("timestamp", "modified"),
}
_YES_NO = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False, "": False}


class BadFile(Exception):
    """A file that cannot be used; the sentence says where and what to do."""

    def __init__(self, path: str, sentence: str, line: int = 0) -> None:
        said = sentence if isinstance(sentence, Sentence) else Sentence(sentence)
        if line:
            said = Sentence("%(path)s, line %(line)s: %(sentence)s", path=path, line=line, sentence=said)
        else:
            said = Sentence("%(path)s: %(sentence)s", path=path, sentence=said)
        super().__init__(said)


@dataclass(frozen=True)
class Comments:
    """What a file of comments says of the statements, by id."""

    moderated: set[int] = field(default_factory=set)
    meta: set[int] = field(default_factory=set)
    texts: dict[int, str] = field(default_factory=dict)


def run(argv: list[str]) -> int:
    """Do what the arguments ask; returns the exit status. Errors are one sentence on standard error."""
    speak_in_library()
    options = _parser().parse_args(argv)
    try:
        status: int = options.action(options)
    except (BadFile, BadColumns, BadParameter, BadVotes) as error:
        return _fail(told_error(error), REFUSED)
    except KeyboardInterrupt:
        return _fail(told("Interrupted; nothing was written."), INTERRUPTED)
    except OSError as error:
        return _fail(told(unwritable(error)), UNWRITABLE)
    return status


def _map(options: argparse.Namespace) -> int:
    _refuse_to_overwrite(options)
    parameters = Parameters(seed=options.seed, group_count=options.groups)
    votes = read_votes(options.votes)
    comments = read_comments(options.comments) if options.comments else Comments()
    opinion = _computed(votes, parameters, comments)
    content = canonical_json(document(opinion=opinion, texts=comments.texts))
    _write(options.out, content)
    if options.people:
        _write(options.people, _people(opinion))
    _say(f"{fingerprint(content)}  {options.out}")
    _say(_summary(opinion))
    return 0


def _verify(options: argparse.Namespace) -> int:
    published = _bytes(options.map)
    claimed = _json(options.map, published)
    parameters, comments = _choices(options.map, claimed)
    votes = read_votes(options.votes)
    opinion = _computed(votes, parameters, comments, bridging=claimed.get("bridging") is not None)
    status = _compared(options.map, published, claimed, opinion, comments)
    if status or not options.once:
        return status
    return _verify_once(options.once, opinion, comments)


def _verify_once(path: str, opinion: OpinionMap, comments: Comments) -> int:
    """The same votes with each set of linked voices as one; what was moderated is said by the map of all."""
    published = _bytes(path)
    claimed = _json(path, published)
    parameters, own = _choices(path, claimed)
    sets = linked_in(matrix=opinion.matrix, moderated=comments.moderated, meta=comments.meta)
    once = opinion_map(
        votes=counted_once(matrix=opinion.matrix, sets=sets),
        parameters=parameters,
        moderated=comments.moderated,
        meta=comments.meta,
        bridging=claimed.get("bridging") is not None,
        workers=os.cpu_count() or 1,
    )
    sizes = ", ".join(str(len(one.voices)) for one in sets) or Sentence("none")
    _say(told(Sentence("Linked voices, by set: %(sizes)s", sizes=sizes)))
    return _compared(path, published, claimed, once, own)


def _compared(
    path: str, published: bytes, claimed: dict[str, Any], opinion: OpinionMap, comments: Comments
) -> int:
    again = document(opinion=opinion, texts=comments.texts)
    if "withheld" in claimed:
        again = withheld(again, least=_least(path, claimed))
    content = canonical_json(again)
    if content == published:
        _say(told(Sentence("The same: %(fingerprint)s", fingerprint=fingerprint(content))))
        return 0
    for template, one in ((PUBLISHED, published), (COMPUTED, content)):
        _say(told(Sentence(template, fingerprint=fingerprint(one))))
    return _fail(told(_difference(claimed, json.loads(content))), DIFFERENT)


def _least(path: str, claimed: dict[str, Any]) -> int:
    """Under how many people a map withholds counts, as it says itself."""
    try:
        return int(claimed["withheld"]["under"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(path, Sentence(INCOMPLETE, error=error)) from None


def _columns_of(options: argparse.Namespace) -> int:
    votes, folder = read_votes(options.votes), Path(options.out)
    if folder.exists() and not folder.is_dir():
        raise BadFile(options.out, "It is a file; give the name of a folder.")
    write_columns(votes, folder)
    _say(told(Sentence("%(count)s votes in %(folder)s", count=len(votes), folder=folder)))
    return 0


def _computed(
    votes: Votes, parameters: Parameters, comments: Comments, *, bridging: bool = True
) -> OpinionMap:
    return opinion_map(
        votes=votes,
        parameters=parameters,
        moderated=comments.moderated,
        meta=comments.meta,
        bridging=bridging,
        workers=os.cpu_count() or 1,
    )


def read_votes(path: str) -> Votes:
    """The votes of a Polis export, in either of its two forms, or of a folder of columns.

    Raises ``BadFile``, ``BadColumns`` and ``BadVotes``.
    """
    if Path(path).is_dir():
        return read_columns(Path(path))
    with _table(path) as (names, rows):
        if names[:1] in (["participant"], ["participant-id"]) and "vote" not in names:
            return _one_row_per_person(path, names, rows)
        columns = {key: _position(names, known) for key, known in _NAMES.items()}
        missing = [_NAMES[key][0] for key in ("person", "statement", "vote") if columns[key] is None]
        if missing:
            raise BadFile(
                path,
                Sentence(
                    "No column %(names)s: give votes.csv or participants-votes.csv as exported by Polis.",
                    names=", ".join(missing),
                ),
                1,
            )
        if Path(path).stat().st_size > _LARGE_FILE:
            votes = _quickly(path, [names[at] if at is not None else None for at in columns.values()])
            if votes is not None:
                return votes
        return _one_row_per_vote(path, [columns[key] for key in _NAMES], rows)


def read_comments(path: str) -> Comments:
    """What a file of comments says. Raises ``BadFile``."""
    comments = Comments()
    with _table(path) as (names, rows):
        ids = _position(names, _NAMES["statement"])
        if ids is None:
            raise BadFile(path, "No column comment-id: give comments.csv as exported by Polis.", 1)
        moderated, meta, text = (
            _position(names, (name,)) for name in ("moderated", "is-meta", "comment-body")
        )
        for line, row in rows:
            statement = _whole(path, line, "comment-id", row[ids])
            if moderated is not None and _status(path, line, row[moderated]) < 0:
                comments.moderated.add(statement)
            if meta is not None and _flag(path, line, row[meta]):
                comments.meta.add(statement)
            if text is not None:
                comments.texts[statement] = row[text]
    return comments


def _one_row_per_vote(path: str, columns: list[int | None], rows: "Rows") -> Votes:
    person, statement, vote, order = columns
    assert person is not None
    assert statement is not None
    assert vote is not None
    people, statements, values, times = array("q"), array("q"), array("b"), array("q")
    for line, row in rows:
        people.append(_whole(path, line, "voter-id", row[person]))
        statements.append(_whole(path, line, "comment-id", row[statement]))
        values.append(_vote(path, line, row[vote]))
        if order is not None:
            times.append(_time(path, line, row[order]))
    return _columns(people, statements, values, times if order is not None else None)


def _one_row_per_person(path: str, names: list[str], rows: "Rows") -> Votes:
    asked = [(at, int(name)) for at, name in enumerate(names) if name.isascii() and name.isdigit()]
    if not asked:
        raise BadFile(path, "No column is named by the number of a statement.", 1)
    if len({statement for _, statement in asked}) < len(asked):
        raise BadFile(path, "Two columns have the same statement number: keep one of them.", 1)
    people, statements, values, known = array("q"), array("q"), array("b"), set()
    for line, row in rows:
        person = _whole(path, line, "participant", row[0])
        if person in known:
            raise BadFile(
                path,
                Sentence("Person %(person)s stands on an earlier line too: keep one of them.", person=person),
                line,
            )
        known.add(person)
        for at, statement in asked:
            if row[at].strip():
                people.append(person)
                statements.append(statement)
                values.append(_vote(path, line, row[at]))
    return _columns(people, statements, values, None)


def _columns(people: "array[int]", statements: "array[int]", values: "array[int]", times: Any) -> Votes:
    return Votes(
        people=np.array(people, np.int64),
        statements=np.array(statements, np.int64),
        values=np.array(values, np.int8),
        order=None if times is None else np.array(times, np.int64),
    )


def _quickly(path: str, names: list[str | None]) -> Votes | None:
    """A large file read by Arrow; None where anything in it needs a sentence with a line number."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    wanted = [name for name in names if name is not None]
    kinds = dict.fromkeys(wanted, pa.int64())
    try:
        table = arrow.read_csv(
            path, convert_options=arrow.ConvertOptions(include_columns=wanted, column_types=kinds)
        )
        columns: list[NDArray[np.int64] | None] = [
            None if name is None else table[name].to_numpy() for name in names
        ]
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    people, statements, values, order = columns
    if people is None or statements is None or values is None or any(table[n].null_count for n in wanted):
        return None
    outside = max(int(np.abs(values).max(initial=0)) - 1, int(people.max(initial=0)) - _MOST)
    if max(outside, int(statements.max(initial=0)) - _MOST) > 0 or min(people.min(), statements.min()) < 0:
        return None
    return Votes(people=people, statements=statements, values=values.astype(np.int8), order=order)


Rows = Iterator[tuple[int, list[str]]]


@contextmanager
def _table(path: str) -> Iterator[tuple[list[str], Rows]]:
    """Column names in small letters, then (line, cells) of each row. Raises ``BadFile``."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.reader(
                file, delimiter=";" if ";" in first and "," not in first else ",", strict=True
            )
            names = [name.strip().lower() for name in next(reader, [])]
            if not names:
                raise BadFile(path, "The file is empty: export the votes again.")
            yield names, _rows(path, reader, len(names))
    except UnicodeDecodeError as error:
        raise BadFile(
            path, Sentence("Byte %(place)s is not UTF-8: save the file as CSV in UTF-8.", place=error.start)
        ) from None
    except csv.Error as error:
        raise BadFile(
            path, Sentence("Not a CSV table (%(error)s): export it again.", error=error), reader.line_num
        ) from None
    except OSError as error:
        raise BadFile(path, Sentence("Cannot be read (%(reason)s).", reason=reason_of(error))) from None


def _rows(path: str, reader: Any, width: int) -> Rows:
    for row in reader:
        if not row:
            continue
        if len(row) != width:
            raise BadFile(
                path,
                Sentence(
                    "%(count)s cells where the header has %(width)s: was the file cut short?",
                    count=len(row),
                    width=width,
                ),
                reader.line_num,
            )
        yield reader.line_num, row


def _position(names: list[str], known: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _whole(path: str, line: int, name: str, text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or int(text) > _MOST:
        sentence = Sentence(
            "%(name)s is %(value)r; it must be a whole number, 0 or more.", name=name, value=text[:40]
        )
        raise BadFile(path, sentence, line)
    return int(text)


def _time(path: str, line: int, text: str) -> int:
    text = text.strip()
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        sentence = Sentence(
            "timestamp is %(value)r; it must be a whole number (milliseconds).", value=text[:40]
        )
        raise BadFile(path, sentence, line)
    return int(text)


def _vote(path: str, line: int, text: str) -> int:
    vote = _VOTES.get(text.strip())
    if vote is None:
        sentence = Sentence(
            "A vote is %(value)r; it must be 1 (agree), 0 (pass) or -1 (disagree).", value=text[:40]
        )
        raise BadFile(path, sentence, line)
    return vote


def _status(path: str, line: int, text: str) -> int:
    status = _VOTES.get(text.strip() or "0")
    if status is None:
        sentence = Sentence(
            "moderated is %(value)r; it must be 1 (accepted), 0 (not seen yet) or -1 (out).", value=text[:40]
        )
        raise BadFile(path, sentence, line)
    return status


def _flag(path: str, line: int, text: str) -> bool:
    flag = _YES_NO.get(text.strip().lower())
    if flag is None:
        sentence = Sentence("is-meta is %(value)r; it must be true or false.", value=text[:40])
        raise BadFile(path, sentence, line)
    return flag


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadFile(path, Sentence("Cannot be read (%(reason)s).", reason=reason_of(error))) from None


def _json(path: str, content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError as error:
        raise BadFile(
            path, Sentence("Not JSON (%(error)s): give the map as it was published.", error=error)
        ) from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise BadFile(
            path, Sentence("Not a map of this program: its format must be %(format)r.", format=FORMAT)
        )
    return value


def _choices(path: str, claimed: dict[str, Any]) -> tuple[Parameters, Comments]:
    """Parameters, moderation and texts as the map itself states them."""
    try:
        parameters = Parameters(**claimed["parameters"])
        about = claimed["input"]
        texts = {one["id"]: one["text"] for one in claimed["statements"] if "text" in one}
        return parameters, Comments(set(about["moderated"]), set(about["meta"]), texts)
    except (KeyError, TypeError) as error:
        raise BadFile(path, Sentence(INCOMPLETE, error=error)) from None


def _difference(claimed: dict[str, Any], again: dict[str, Any]) -> Sentence:
    """One sentence that says where a published map and its votes part."""
    if claimed.get("input") != again["input"]:
        return Sentence("Different: these are not the votes that the map was made from (see input in both).")
    parts = [key for key in sorted(claimed.keys() | again.keys()) if claimed.get(key) != again.get(key)]
    if not parts:
        return Sentence(
            "Different bytes for the same content: the file was reformatted after it was published."
        )
    return Sentence(
        "Different: the votes do not give what the map says under %(parts)s.", parts=", ".join(parts)
    )


def _people(opinion: OpinionMap) -> bytes:
    """One line per person: id, place, group (empty if not placed or not distinct)."""
    labels = opinion.grouping.published
    lines = ["person,x,y,group"]
    for person, (x, y), label in zip(
        opinion.matrix.people.tolist(), opinion.plane.points.tolist(), labels.tolist(), strict=True
    ):
        group = group_name(label) if opinion.grouping.distinct and label != NOBODY else ""
        lines.append(f"{person},{x:.9f},{y:.9f},{group}")
    return ("\n".join(lines) + "\n").encode()


def _summary(opinion: OpinionMap) -> str:
    grouping = opinion.grouping
    people = Sentence("%(count)s people", count=len(opinion.matrix.people))
    placed = Sentence("%(count)s placed", count=int(opinion.plane.placed.sum()))
    if grouping.reason is not None:
        reason = Sentence(REASONS[grouping.reason])
        return told(
            Sentence("%(people)s, %(placed)s. %(reason)s", people=people, placed=placed, reason=reason)
        )
    sizes = ", ".join(f"{group_name(g)} {count}" for g, count in enumerate(grouping.people))
    silhouette, stability = (Figure(f"{one:.2f}") for one in (grouping.silhouette, grouping.stability))
    return told(
        Sentence(
            "%(people)s, %(placed)s; groups %(sizes)s; silhouette %(silhouette)s, stability %(stability)s.",
            people=people,
            placed=placed,
            sizes=sizes,
            silhouette=silhouette,
            stability=stability,
        )
    )


def _refuse_to_overwrite(options: argparse.Namespace) -> None:
    inputs = [path for path in (options.votes, options.comments) if path]
    for out in (options.out, options.people):
        if out and any(Path(out).resolve() == Path(path).resolve() for path in inputs):
            raise BadFile(out, "This file is read; give another name for the result.")


def _write(path: str, content: bytes) -> None:
    """The whole file or nothing: written beside it, then renamed."""
    with whole_file(Path(path)) as file:
        file.write(content)


def _say(text: str, stream: TextIO | None = None) -> None:
    (stream or sys.stdout).write(text + "\n")


def _fail(sentence: str, status: int) -> int:
    _say(sentence, sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="amiral opinion",
        description=told("Maps of opinions from votes, the same on every machine."),
        epilog=told(EPILOG),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(metavar="map | verify | columns", required=True)
    draw = _verb(verbs, "map", told("draw the map of a vote log"), _map)
    draw.add_argument("votes", metavar="VOTES", help=told("votes.csv or participants-votes.csv"))
    draw.add_argument("--out", metavar="MAP", required=True, help=told("the map, as JSON"))
    draw.add_argument("--comments", metavar="COMMENTS", help=told("comments.csv: texts, moderation"))
    draw.add_argument(
        "--groups", type=int, default=0, metavar="N", help=told("so many groups (default: the best)")
    )
    draw.add_argument("--seed", type=int, default=0, help=told("seed of all chance (default: 0)"))
    draw.add_argument(
        "--people",
        metavar="FILE",
        help=told("also the place and group of each person: personal data, not to publish"),
    )
    columns = _verb(verbs, "columns", told("write a vote log as columns, for large logs"), _columns_of)
    columns.add_argument("votes", metavar="VOTES", help=told("votes.csv or participants-votes.csv"))
    columns.add_argument("--out", metavar="FOLDER", required=True, help=told("folder for the columns"))
    check = _verb(verbs, "verify", told("compute a published map again and compare"), _verify)
    check.add_argument("map", metavar="MAP", help=told("the published map"))
    check.add_argument("votes", metavar="VOTES", help=told("the votes that it was made from"))
    check.add_argument(
        "--once", metavar="MAP", help=told("then also the map that counts each set of linked voices as one")
    )
    return parser


def _verb(
    verbs: Any, name: str, text: str, action: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
    parser.set_defaults(action=action)
    return parser
