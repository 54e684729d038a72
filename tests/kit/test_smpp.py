"""The line to a gateway, against a centre of our own that speaks SMPP over a real socket."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amiral.kit.sms import smpp
from amiral.kit.sms.smpp import BadGateway, Broken, Gateway, Incoming, Line, NotBound, Unreachable, What
from amiral.kit.sms.text import as_sms
from tests.smsc import BAD_NUMBER, CUT, OK, THROTTLED, Centre, running

NUMBER = "+33612345678"


@pytest.fixture
def centre() -> Iterator[Centre]:
    with running() as found:
        yield found


@pytest.fixture
def came() -> list[Incoming]:
    return []


@pytest.fixture
def line(centre: Centre, came: list[Incoming]) -> Iterator[Line]:
    gateway = Gateway(host="127.0.0.1", port=centre.port, system_id="amiral", password="secret")
    made = Line(gateway, sender="Amiral", take=came.append)
    made.open()
    yield made
    made.close()


def until(met: Callable[[], object]) -> None:
    """What another thread does within five seconds."""
    end = time.monotonic() + 5
    while not met():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_an_address_says_all_that_is_needed() -> None:
    found = smpp.gateway_of("smpps://us%40er:p%3Ass@gw.example/VMA")
    assert (found.host, found.port, found.is_tls) == ("gw.example", 3550, True)
    assert (found.system_id, found.password, found.system_type) == ("us@er", "p:ss", "VMA")
    assert "p:ss" not in repr(found)
    for wrong in ("http://a@b", "smpp://", "smpp://host:2775", "smpp://a@b:port"):
        with pytest.raises(BadGateway):
            smpp.gateway_of(wrong)


def test_a_text_arrives_as_it_was_written(centre: Centre, line: Line) -> None:
    assert b"amiral\0secret\0" in centre.binds[0][1]
    outcome = line.submit(as_sms("Bonjour à tous"), number=NUMBER)
    assert (outcome.ids, outcome.taken) == (("id-1",), True)
    text = centre.texts[0]
    assert (text.sender, text.number, text.receipt, text.esm_class) == ("Amiral", "33612345678", 1, 0)
    assert text.body == b"Bonjour \x7f tous"


def test_a_long_text_is_joined_again_by_its_header(centre: Centre, line: Line) -> None:
    outcome = line.submit(as_sms("Fête " * 30), number=NUMBER)
    assert outcome.ids == ("id-1", "id-2", "id-3")
    assert "".join(text.words for text in centre.texts) == as_sms("Fête " * 30).text
    assert [text.body[:6] for text in centre.texts] == [bytes([5, 0, 3, 1, 3, n]) for n in (1, 2, 3)]
    assert all(text.esm_class & 0x40 and text.coding == 8 for text in centre.texts)


@pytest.mark.parametrize(
    ("status", "for_ever"), [(THROTTLED, False), (0x14, False), (0x08, False), (BAD_NUMBER, True)]
)
def test_a_refusal_is_for_now_or_for_ever(centre: Centre, line: Line, status: int, for_ever: bool) -> None:
    centre.answers = [status]
    outcome = line.submit(as_sms("a"), number=NUMBER)
    assert (outcome.code, outcome.for_ever, outcome.in_doubt) == (status, for_ever, False)
    assert line.submit(as_sms("a"), number=NUMBER).taken, "the line goes on"


def test_half_a_text_is_in_doubt(centre: Centre, line: Line) -> None:
    centre.answers = [OK, THROTTLED]
    outcome = line.submit(as_sms("a" * 200), number=NUMBER)
    assert (outcome.ids, outcome.in_doubt) == (("id-1",), True)


def test_a_line_that_breaks_before_the_answer_leaves_it_in_doubt(centre: Centre, line: Line) -> None:
    centre.answers = [CUT]
    assert line.submit(as_sms("a"), number=NUMBER).in_doubt
    assert not line.is_open
    with pytest.raises(Unreachable):
        line.submit(as_sms("b"), number=NUMBER)
    line.open()
    assert line.submit(as_sms("b"), number=NUMBER).taken


def test_a_gateway_that_does_not_answer_leaves_it_in_doubt(
    centre: Centre, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smpp, "ANSWER_S", 0.05)
    monkeypatch.setattr("tests.smsc._Session.submitted", lambda *_all: True)
    assert line.submit(as_sms("a"), number=NUMBER).in_doubt
    assert not line.is_open, "a late answer must not be taken for that of another text"


def test_what_comes_in_between_is_taken_and_acknowledged(
    centre: Centre, line: Line, came: list[Incoming]
) -> None:
    centre.in_small_pieces = True
    centre.says_before_answer = [(NUMBER, "Stop")]
    assert line.submit(as_sms("a"), number=NUMBER).taken
    assert came == [Incoming(what=What.TEXT, number=NUMBER, text="Stop")]
    until(lambda: centre.acknowledged == [OK])


def test_receipts_name_the_text_and_what_became_of_it(
    centre: Centre, line: Line, came: list[Incoming]
) -> None:
    centre.receipt("id-1", "DELIVRD")
    centre.say(NUMBER, "Arrêt", coding=8)
    until(lambda: line.listen(wait_s=0.02) or len(came) == 2)
    assert (came[0].what, came[0].gateway_id, came[0].state) == (What.RECEIPT, "id-1", "DELIVRD")
    assert came[1].text == "Arrêt"


def test_what_could_not_be_kept_is_brought_again(centre: Centre) -> None:
    def fail(_one: Incoming) -> None:
        raise OSError("the disk is full")

    gateway = Gateway(host="127.0.0.1", port=centre.port, system_id="a", password="b")
    line = Line(gateway, sender="Amiral", take=fail)
    line.open()
    centre.say(NUMBER, "STOP")
    until(lambda: line.listen(wait_s=0.02) or centre.acknowledged)
    assert centre.acknowledged == [0x64]
    line.close()


def test_a_wrong_password_and_a_closed_door_are_told_apart(centre: Centre) -> None:
    centre.refuses_bind = True
    gateway = Gateway(host="127.0.0.1", port=centre.port, system_id="a", password="wrong")
    with pytest.raises(NotBound):
        Line(gateway, sender="A", take=print).open()
    nowhere = Gateway(host="127.0.0.1", port=1, system_id="a", password="b")
    with pytest.raises(Unreachable):
        Line(nowhere, sender="A", take=print).open()


def test_a_gateway_that_takes_leave_is_noticed(centre: Centre, line: Line) -> None:
    assert centre._session is not None
    centre._session.write(0x6, 0, 77, b"")
    with pytest.raises(Broken):
        until(lambda: line.listen(wait_s=0.02))
    assert not line.is_open


def test_what_is_no_smpp_closes_the_line(centre: Centre, line: Line) -> None:
    assert centre._session is not None
    centre._session.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(Broken):
        until(lambda: line.listen(wait_s=0.02))


@pytest.mark.parametrize(
    ("sender", "told"),
    [("Amiral", (5, 0, "Amiral")), ("36180", (3, 0, "36180")), ("+33612", (1, 1, "33612"))],
)
def test_who_sends_is_a_word_or_a_number(sender: str, told: tuple[int, int, str]) -> None:
    assert smpp._sender(sender) == told


def test_a_centre_written_by_others_understands_us_and_we_it(came: list[Incoming]) -> None:
    if subprocess.run(["perl", "-MNet::SMPP", "-e1"], capture_output=True, check=False).returncode:
        pytest.skip("Net::SMPP is not installed (Debian: libnet-smpp-perl; `scripts/setup prove` brings it).")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["perl", str(Path(__file__).with_name("centre.pl")), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as centre:
        assert centre.stdout is not None
        assert centre.stdout.readline() == "ready\n"
        gateway = Gateway(host="127.0.0.1", port=port, system_id="amiral", password="secret")
        line = Line(gateway, sender="Amiral", take=came.append)
        line.open()
        assert line.submit(as_sms("à 5 €"), number=NUMBER).ids == ("perl-1",)
        assert line.submit(as_sms("Fête " * 30), number=NUMBER).ids == ("perl-2", "perl-3", "perl-4")
        until(lambda: line.listen(wait_s=0.02) or len(came) == 2)
        line.close()
        said = centre.stdout.read().splitlines()
    assert said[0] == "bind amiral secret"
    assert said[1] == "text Amiral 33612345678 0 " + b"\x7f 5 \x1be".hex()
    assert [words.split()[3] for words in said[2:5]] == ["8"] * 3
    assert [one.what for one in came] == [What.TEXT, What.RECEIPT]
    assert (came[0].text, came[1].gateway_id, came[1].state) == ("STOP", "perl-1", "DELIVRD")
