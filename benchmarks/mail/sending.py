"""Personalised, DKIM-signed letters to a real local SMTP server: ours beside Django with dkimpy.

    .venv/bin/python -m benchmarks.mail.sending [MESSAGES] [--baseline 300] [--processes 1]

Ours is the way of a mailing without its database: a compiled text rendered for each person, built, signed
twice (RSA-2048 and Ed25519) and handed over, by ``kit.mail``. Django: see ``benchmarks.mail.baseline``; the
same letter through the backend that ``send_mass_mail`` uses, signed by dkimpy, one connection for each
message; once with RSA alone and once with both keys, on a smaller sample. Every side runs in a
process of its own, whose CPU time alone counts; the sink is another. Twenty letters of ours are verified by
dkimpy; the sink's list of Message-IDs must hold every letter exactly once.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid5

from benchmarks.mail.baseline import HERE
from benchmarks.mail.sink import taken

PARAGRAPH = (
    "Samedi, nous serons dans toute la ville pour parler du prix du logement, des transports du quotidien "
    "et de l’hôpital : venez une heure, ou l’après-midi entière, seul ou avec vos voisins. [Je m’inscris]"
    "(https://campagne.fr/actions/), **tout de suite**, et je dis à quelle heure je viens.\n\n"
)
BODY = "Bonjour {prenom|vous},\n\n" + PARAGRAPH * 14 + "À samedi, {prenom} !"
DOMAIN = "campagne.fr"
SAMPLE = 20


def main() -> None:
    told = _arguments()
    if told.side:
        print(json.dumps({"ours": ours, "django": django}[told.side](told)))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(compared(told, Path(folder)), indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("messages", type=int, nargs="?", default=20_000)
    parser.add_argument("--baseline", type=int, default=300, help="messages of each of Django's two runs")
    parser.add_argument("--processes", type=int, default=1, help="processes of ours at once")
    parser.add_argument("--side", choices=["ours", "django"], help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--both", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def compared(told: argparse.Namespace, folder: Path) -> dict[str, Any]:
    mine = _with_sink(folder, "ours", told.messages, told.processes)
    rsa = _with_sink(folder, "django", told.baseline, 1)
    both = _with_sink(folder, "django", told.baseline, 1, "--both")
    return {
        "messages": told.messages,
        "baseline_messages": told.baseline,
        "ours": mine,
        "django_dkimpy_rsa": rsa,
        "django_dkimpy_both": both,
        "cpu_ratio_to_rsa_alone": round(rsa["cpu_ms"] / mine["cpu_ms"], 1),
        "cpu_ratio": round(both["cpu_ms"] / mine["cpu_ms"], 1),
        "throughput_ratio": round(mine["messages_per_s"] / both["messages_per_s"], 1),
    }


def _with_sink(folder: Path, side: str, messages: int, processes: int, *more: str) -> dict[str, Any]:
    count = folder / f"{side}{''.join(more)}.txt"
    sink = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.mail.sink", "--count", str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        start = time.perf_counter()
        told = _sides(folder, side, messages, processes, port, *more)
        wall_s = time.perf_counter() - start
    finally:
        sink.terminate()
        sink.wait()
    ids = Counter(message_id for message_id, _receiver in taken(count))
    return {
        "cpu_ms": round(1000 * sum(one["cpu_s"] for one in told) / messages, 3),
        "messages_per_s": round(messages / max(one["wall_s"] for one in told), 1),
        "with_start_up_s": round(wall_s, 1),
        "once_at_the_sink": sum(1 for number in ids.values() if number == 1),
        "more_than_once": sum(1 for number in ids.values() if number > 1),
        **{name: told[0][name] for name in told[0] if name not in {"cpu_s", "wall_s"}},
    }


def _sides(folder: Path, side: str, messages: int, processes: int, port: int, *more: str) -> list[Any]:
    environment = os.environ | {
        "AMIRAL_STATE_DIR": str(folder / "state"),
        "AMIRAL_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "AMIRAL_FROM_EMAIL": f"Campagne <lettre@{DOMAIN}>",
        "AMIRAL_RETURN_ADDRESS": f"retours@{DOMAIN}",
        "AMIRAL_PUBLIC_URL": f"https://{DOMAIN}",
        "AMIRAL_PUBLISHER": "Association Campagne",
    }
    if not (folder / "state").exists():
        made = [sys.executable, "-m", "amiral", "outreach", "dkim-key"]
        subprocess.run(made, env=environment, check=True, capture_output=True)
    share = messages // processes
    command = [sys.executable, "-m", "benchmarks.mail.sending", str(share), "--side", side]
    running = [
        subprocess.Popen(
            [*command, "--first", str(number * share), *more],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    answers = [process.communicate()[0] for process in running]
    return [json.loads(answer) for answer in answers]


def _set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "amiral.config.settings"
    import django as framework

    framework.setup()


def _rss_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


# Ours -----------------------------------------------------------------------------------------------


def ours(told: argparse.Namespace) -> dict[str, Any]:
    _set_up()
    from amiral.kit.mail import signing
    from amiral.kit.mail.session import Fate
    from amiral.kit.mail.transport import envelope_of, send_all

    list(send_all(_parcels(told.first + 10_000_000, 0)))  # everything is imported before the clock starts
    memory: list[float] = []
    began, wall = time.process_time(), time.perf_counter()
    fates: Counter[Fate] = Counter()
    for number, (_parcel, outcome) in enumerate(send_all(_parcels(told.first, told.messages)), start=1):
        fates[outcome.fate] += 1
        if number == max(1, told.messages // 10):
            memory.append(_rss_mb())
    cpu_s, wall_s = time.process_time() - began, time.perf_counter() - wall
    keys = signing.load(signing.place())
    sample = [
        envelope_of(parcel, keys=keys).content for parcel in _parcels(told.first, min(SAMPLE, told.messages))
    ]
    return {
        "cpu_s": cpu_s,
        "wall_s": wall_s,
        "taken": fates[Fate.TAKEN],
        "bytes_per_message": sum(map(len, sample)) // len(sample),
        "verified_by_dkimpy": f"{sum(map(_accepted, sample))} of {len(sample)}",
        "peak_mb_after_a_tenth": memory[0],
        "peak_mb": _rss_mb(),
    }


def _parcels(first: int, count: int) -> Iterator[Any]:
    from amiral.kit.clock import now
    from amiral.kit.mail.messages import Letter
    from amiral.kit.mail.transport import Parcel
    from amiral.rooms.outreach.actions import postmarks
    from amiral.rooms.outreach.contracts import MailingTexts
    from amiral.rooms.outreach.models import Mailing
    from amiral.rooms.outreach.queries import mailing_text as text

    texts = MailingTexts(subject="{prenom|Bonjour}, à samedi ?", body=BODY)
    made = text.compiled(texts, language="fr", purpose="actions", code="abc")
    mailing = Mailing(purpose="actions", sender_name="L’équipe de campagne")
    for number in range(first, first + count):
        person = uuid5(HERE, str(number))
        mark = postmarks.for_mailing(recipient_id=person, person_id=person, mailing=mailing)
        values = text.values_of(
            given_name=f"Prénom{number}",
            family_name="Essai",
            commune="Mâcon",
            unsubscribe=mark.unsubscribe_url,
        )
        letter = text.filled(made, values)
        yield Parcel(
            letter=Letter(
                sender=mark.sender,
                to=f"p{number}@example.net",
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
                message_id=mark.message_id,
                at=now(),
                headers=mark.headers,
            ),
            return_path=mark.return_path,
        )


def _accepted(content: bytes) -> bool:
    import dkim

    from amiral.kit.mail import signing

    keys = signing.load(signing.place())
    records = {f"{key.selector}._domainkey.{key.domain}.": key.public_record.encode() for key in keys}
    return all(
        dkim.DKIM(content).verify(idx=index, dnsfunc=lambda name, timeout=5: records.get(name.decode()))
        for index in range(len(keys))
    )


# Django ---------------------------------------------------------------------------------------------


def django(told: argparse.Namespace) -> dict[str, Any]:
    _set_up()
    from benchmarks.mail.baseline import Pattern, cpu_s

    first = next(_parcels(told.first, 1)).letter
    pattern = Pattern(
        subject=first.subject,
        text=str(first.text),
        html=str(first.html),
        name=f"Prénom{told.first}",
        way_out=first.headers["List-Unsubscribe"].partition(">")[0].removeprefix("<"),
        domain=DOMAIN,
    )
    memory: list[float] = []

    def noted(number: int) -> None:
        if number == max(1, told.messages // 10):
            memory.append(_rss_mb())

    wall = time.perf_counter()
    spent = cpu_s(pattern, first=told.first, count=told.messages, both=told.both, noted=noted)
    return {
        "cpu_s": spent,
        "wall_s": time.perf_counter() - wall,
        "peak_mb_after_a_tenth": memory[0],
        "peak_mb": _rss_mb(),
    }


if __name__ == "__main__":
    main()
