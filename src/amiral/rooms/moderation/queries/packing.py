"""The evidence of one case in one file, for a judge or a complaint."""

import hashlib
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from amiral.rooms.moderation.contracts import ReportState
from amiral.rooms.moderation.models import Appeal, Decision, Report, Sealed
from amiral.rooms.moderation.queries import log, seals
from amiral.rooms.moderation.queries.declaring import declaration
from amiral.rooms.territory import api as territory

CHECKER = Path("scripts") / "verify_log.py"


def pack(*, report: Report, person_id: UUID, at: datetime) -> bytes:
    """A zip: read-me in French, the notices, the original with its hash, context, timeline, log and proof.

    The original of what is hidden lies in it only while a seal is open for this person; else its digest.
    Who reported is not in it: a judge may ask for that. The caller has fetched the report through ``access``.
    """
    sealed = seals.sealed_of(report=report)
    files = {
        "signalements.json": _json(_notices(report)),
        "contexte.json": _json(_context(report, at)),
        "chronologie.csv": _timeline(report, sealed),
        "declaration.json": _json(_statements(report)),
        "journal.jsonl": b"".join(log.lines()),
        "racines.txt": "".join(log.roots()).encode(),
        **_original(report, sealed, person_id, at),
        **_checker(),
    }
    files = {"LISEZMOI.txt": _read_me(report, sealed, files, at)} | files
    return _zip(files | {"SHA256SUMS.txt": _sums(files)}, at)


def _zip(files: dict[str, bytes], at: datetime) -> bytes:
    whole = io.BytesIO()
    moment = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(f"preuves/{name}", date_time=moment)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return whole.getvalue()


def _sums(files: dict[str, bytes]) -> bytes:
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    return "".join(lines).encode()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _same(report: Report) -> list[Report]:
    rows = Report.objects.on(subject_kind=report.subject_kind, subject_id=report.subject_id)
    return list(rows.order_by("created_at", "id"))


def _notices(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "id": str(one.pk),
            "received_at": one.created_at.isoformat(),
            "grounds": one.grounds,
            "explanation": one.explanation,
            "state": one.state,
        }
        for one in _same(report)
    ]


def _context(report: Report, at: datetime) -> dict[str, Any]:
    return {
        "site": settings.PUBLIC_URL,
        "publisher": settings.PUBLISHER,
        "subject_kind": report.subject_kind,
        "subject_id": str(report.subject_id),
        "territory": territory.territory(territory_id=report.territory_id).name,
        "packed_at": at.isoformat(),
    }


def _decisions(report: Report) -> list[Decision]:
    rows = Decision.objects.filter(report__in=_same(report)).select_related("report", "appeal")
    return list(rows.order_by("decided_at", "id"))


def _statements(report: Report) -> list[dict[str, Any]]:
    return [declaration(decision=one) for one in _decisions(report) if one.hidden]


def _timeline(report: Report, sealed: Sealed | None) -> bytes:
    """What happened when, in UTC; roles, nobody's name."""
    lines = [(one.created_at, "signalement", str(one.pk)) for one in _same(report)]
    lines += [(one.looked_at, "premier examen", str(one.pk)) for one in _same(report) if one.looked_at]
    for one in _decisions(report):
        kind = "décision sur recours" if one.appeal_id else "décision"
        lines.append((one.decided_at, f"{kind} : {'masqué' if one.hidden else 'maintenu'}", str(one.pk)))
    appeals = Appeal.objects.filter(report__in=_same(report))
    lines += [(one.created_at, "recours", str(one.pk)) for one in appeals]
    openings = sealed.openings.exclude(confirmed_at=None) if sealed else ()
    lines += [(one.confirmed_at, "scellé ouvert", str(one.pk)) for one in openings if one.confirmed_at]
    rows = (f"{at.isoformat()};{what};{about}\r\n" for at, what, about in sorted(lines))
    return ("date;fait;identifiant\r\n" + "".join(rows)).encode("utf-8-sig")


def _original(report: Report, sealed: Sealed | None, person_id: UUID, at: datetime) -> dict[str, bytes]:
    """The words and what proves them; ``empreinte.txt`` alone while they are under seal."""
    if sealed is None or report.state == ReportState.OPEN:
        words = report.excerpt.encode()
        return {"original.txt": words, "empreinte.txt": _line(hashlib.sha256(words).hexdigest())}
    held = seals.live_opening(sealed=sealed, person_id=person_id, at=at) and seals.content(sealed=sealed)
    if not held:
        return {"empreinte.txt": _line(sealed.digest)}
    return {
        "original.txt": held["words"].encode(),
        "scelle.json": _json(held),
        "empreinte.txt": _line(sealed.digest),
    }


def _line(text: str) -> bytes:
    return f"{text}\n".encode()


def _checker() -> dict[str, bytes]:
    """The independent script, where this installation has it."""
    path = Path(settings.PROJECT_DIR) / CHECKER
    return {path.name: path.read_bytes()} if path.exists() else {}


def _read_me(report: Report, sealed: Sealed | None, files: dict[str, bytes], at: datetime) -> bytes:
    number, last = log.head()
    with override("fr"):
        text = render_to_string(
            "moderation/pack/LISEZMOI.txt",
            {
                "report": report,
                "sealed": sealed,
                "has_original": "original.txt" in files,
                "has_checker": CHECKER.name in files,
                "number": number,
                "last": last,
                "at": at,
                "campaign_name": settings.CAMPAIGN_NAME,
                "publisher": settings.PUBLISHER,
            },
        )
    return text.encode()
