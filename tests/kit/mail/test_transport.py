"""Letters by the settings' server, and what its refusals become."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from amiral.kit.mail.messages import Letter
from amiral.kit.mail.pool import POOL
from amiral.kit.mail.session import Fate
from amiral.kit.mail.transport import SMTP, Parcel, send, send_all
from tests.kit.mail.server import Script, running

AT = datetime(2027, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def script(settings: Any) -> Iterator[Script]:
    with running(Script()) as made:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", made.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield made
        POOL.close()


def parcel(number: int = 0, **fields: Any) -> Parcel:
    values: dict[str, Any] = {
        "sender": "Campagne <bonjour@example.org>",
        "to": f"p{number}@example.net",
        "subject": "Objet",
        "text": "Corps",
        "message_id": f"{number}@example.org",
        "at": AT,
    }
    return Parcel(letter=Letter(**(values | fields)), return_path="retours@example.org", about=number)


def test_single_letters_share_a_connection(script: Script) -> None:
    assert [send(parcel(number)).fate for number in range(3)] == [Fate.TAKEN] * 3
    assert script.connections == 1
    assert len(script.taken) == 3


@pytest.mark.parametrize(
    "fields", [{"subject": "x\r\nBcc: y@z"}, {"to": "é@example.org"}, {"to": "a\r\nDATA <b@c.d>"}]
)
def test_what_cannot_be_written_is_refused_for_ever_and_alone(script: Script, fields: dict[str, Any]) -> None:
    outcomes = [outcome for _p, outcome in send_all([parcel(0), parcel(1, **fields), parcel(2)])]
    assert [outcome.fate for outcome in outcomes] == [Fate.TAKEN, Fate.REFUSED, Fate.TAKEN]
    assert outcomes[1].for_ever
    assert len(script.taken) == 2


def test_a_key_that_cannot_be_read_stops_letters_for_now(
    script: Script, settings: Any, tmp_path: Any
) -> None:
    settings.DKIM_DIR = tmp_path
    (tmp_path / f"{settings.DKIM_SELECTOR}-rsa.pem").write_text("nonsense")
    outcome = send(parcel())
    assert (outcome.fate, outcome.for_ever, outcome.why) == (Fate.REFUSED, False, "unreachable: signing-key")
    assert not script.taken
