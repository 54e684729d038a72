"""The three outcomes of a message, wherever a server says no and wherever the line breaks."""

import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.mail.pacing import Pace
from amiral.kit.mail.pool import Pool
from amiral.kit.mail.session import Envelope, Fate, Outcome, Server, Session, Tls, Unreachable
from tests.kit.mail.server import Script, running


def envelope(number: int = 0, content: bytes = b"Subject: x\r\n\r\nCorps\r\n") -> Envelope:
    return Envelope(sender="retours@example.org", to=f"p{number}@example.net", content=content)


def server_of(script: Script, **fields: Any) -> Server:
    return Server(host="127.0.0.1", port=script.port, **({"timeout_s": 2.0} | fields))


def deliver(script: Script, count: int = 3) -> list[Outcome]:
    with running(script):
        session = Session(server_of(script))
        session.open()
        try:
            return session.deliver(envelope(n) for n in range(count))
        finally:
            session.close()


PIPES = [("PIPELINING", "SIZE 1000000"), ()]


@pytest.mark.parametrize("offers", PIPES)
def test_each_message_is_taken_once_in_its_own_envelope(offers: tuple[str, ...]) -> None:
    script = Script(offers=offers)
    assert [outcome.fate for outcome in deliver(script, 5)] == [Fate.TAKEN] * 5
    assert len(script.taken) == 5
    receivers = [line for line in script.commands if line.startswith("RCPT")]
    assert receivers == [f"RCPT TO:<p{n}@example.net>" for n in range(5)]
    assert sum(line.startswith("MAIL") for line in script.commands) == 5
    assert script.connections == 1


@pytest.mark.parametrize("offers", PIPES)
@pytest.mark.parametrize(
    ("verb", "line", "for_ever", "of_receiver", "gone"),
    [
        ("MAIL", "451 4.3.0 later", False, False, False),
        ("MAIL", "553 5.1.8 sender", True, False, False),
        ("RCPT", "450 4.2.1 greylisted", False, True, False),
        ("RCPT", "550 5.1.1 nobody", True, True, True),
        ("RCPT", "550 5.7.1 policy", True, True, False),
        ("RCPT", "550 nobody", True, True, True),
        ("RCPT", "552 5.2.2 full", True, True, False),
        ("DATA", "452 full", False, False, False),
        ("END", "451 4.7.1 later", False, False, False),
        ("END", "554 5.7.1 spam", True, False, False),
    ],
)
def test_a_refusal_concerns_its_message_alone(
    offers: tuple[str, ...], verb: str, line: str, for_ever: bool, of_receiver: bool, gone: bool
) -> None:
    default = "354 go on" if verb == "DATA" else "250 ok"
    script = Script(offers=offers, answers={verb: [default, line, default]})
    first, second, third = deliver(script)
    assert (first.fate, third.fate) == (Fate.TAKEN, Fate.TAKEN)
    assert (second.fate, second.code) == (Fate.REFUSED, int(line[:3]))
    assert (second.for_ever, second.of_receiver, second.gone_address) == (for_ever, of_receiver, gone)
    assert len(script.taken) == 2


def test_a_server_that_wants_a_body_for_nobody_gets_an_empty_one() -> None:
    script = Script(answers={"RCPT": ["550 nobody", "250 ok"]}, eager=True)
    first, second = deliver(script, 2)
    assert (first.code, second.fate) == (550, Fate.TAKEN)
    assert script.taken == [b"", b"Subject: x\r\n\r\nCorps\r\n"]


@pytest.mark.parametrize("offers", PIPES)
@pytest.mark.parametrize(
    ("verb", "line", "fate"),
    [
        ("MAIL", "cut", Fate.REFUSED),
        ("RCPT", "cut", Fate.REFUSED),
        ("DATA", "cut", Fate.REFUSED),
        ("END", "cut", Fate.UNKNOWN),
        ("END", "cut-after", Fate.UNKNOWN),
        ("END", "421 4.3.2 closing", Fate.REFUSED),
        ("MAIL", "421 4.3.2 closing", Fate.REFUSED),
        ("RCPT", "421 4.3.2 closing", Fate.REFUSED),
    ],
)
def test_a_line_cut_at_each_step(offers: tuple[str, ...], verb: str, line: str, fate: Fate) -> None:
    default = "354 go on" if verb == "DATA" else "250 ok"
    script = Script(offers=offers, answers={verb: [default, line]})
    outcomes = deliver(script)
    assert [outcome.fate for outcome in outcomes[:2]] == [Fate.TAKEN, fate]
    assert not outcomes[1].for_ever
    # The third was taken from the batch at most: it has certainly not left.
    assert all(outcome.fate is Fate.REFUSED for outcome in outcomes[2:])
    assert len(script.taken) == 1 + (line == "cut-after")


def test_a_body_that_did_not_leave_whole_is_not_in_doubt() -> None:
    script = Script(answers={"DATA": ["cut-inside"]})
    huge = b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" * 10_000_000
    with running(script):
        session = Session(server_of(script))
        session.open()
        (outcome,) = session.deliver([envelope(content=huge)])
        session.close()
    assert (outcome.fate, outcome.why) == (Fate.REFUSED, "cut")
    assert not script.taken


def test_a_server_that_thinks_too_long_leaves_the_letter_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amiral.kit.mail.session.LAST_ANSWER_S", 0.05)
    silent = threading.Event()
    script = Script()
    with running(script), mock.patch.object(Script, "answer", _slow(script, silent)):
        session = Session(server_of(script, timeout_s=0.2))
        session.open()
        (outcome,) = session.deliver([envelope()])
        silent.set()
        session.close()
    assert outcome.fate is Fate.UNKNOWN


def _slow(script: Script, silent: threading.Event) -> Any:
    def answer(self: Script, verb: str, default: str) -> str:
        if verb == "END":
            silent.wait(5)
        return default

    return answer


def test_an_answer_that_is_none_ends_the_session() -> None:
    script = Script(answers={"MAIL": ["what?"]})
    (outcome, *_rest) = deliver(script)
    assert (outcome.fate, outcome.why) == (Fate.REFUSED, "cut")


@pytest.mark.parametrize(
    ("script", "fields", "why"),
    [
        (Script(answers={"CONNECT": ["554 go away"]}), {}, "554"),
        (Script(answers={"CONNECT": ["cut"]}), {}, "ConnectionResetError"),
        (Script(), {"tls": Tls.STARTTLS}, "no-encryption-offered"),
        (Script(), {"user": "u", "password": "p"}, "no-known-way-to-enter"),
        (
            Script(offers=("AUTH PLAIN",), answers={"AUTH": ["535 5.7.8 no"]}),
            {"user": "u", "password": "p"},
            "535",
        ),
        (
            Script(offers=("STARTTLS",), answers={"STARTTLS": ["220 go\r\n250 injected"]}),
            {"tls": Tls.STARTTLS},
            "words-before-encryption",
        ),
    ],
)
def test_what_cannot_be_reached(script: Script, fields: dict[str, Any], why: str) -> None:
    with running(script):
        session = Session(server_of(script, **fields))
        with pytest.raises(Unreachable) as trouble:
            session.open()
    assert trouble.value.why == why
    assert not session.alive


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(Server(host="h", port=25, user="u", password="secret"))


@pytest.mark.parametrize("ways", ["PLAIN LOGIN", "LOGIN"])
def test_entering(ways: str) -> None:
    answers = {"AUTH": ["334 VXNlcg=="] if ways == "LOGIN" else ["235 in"]}
    answers |= {"DQ==": ["334 UGFzcw=="], "CA==": ["235 in"]}  # "u" and "p", the script's verbs are large
    script = Script(offers=(f"AUTH {ways}",), answers=answers)
    with running(script):
        session = Session(server_of(script, user="u", password="p"))
        session.open()
        assert session.alive
        session.close()
    assert any(line.startswith("AUTH ") for line in script.commands)


def test_only_one_message_can_be_in_doubt() -> None:
    """What ``before`` was told and whose outcome was not seen: one at most, whenever the caller stops."""
    script, told = Script(), []
    with running(script):
        session = Session(server_of(script))
        session.open()
        for seen, (_envelope, _outcome) in enumerate(
            session.exchange((envelope(n) for n in range(9)), before=told.append), start=1
        ):
            assert len(told) == seen
            if seen == 4:
                break
        assert not session.alive
        session.close()
    assert len(script.taken) == 4


def test_a_batch_that_fails_leaves_no_half_message() -> None:
    def failing() -> Iterator[Envelope]:
        yield envelope(0)
        raise ValueError

    script = Script()
    with running(script):
        session = Session(server_of(script))
        session.open()
        with pytest.raises(ValueError):
            session.deliver(failing())
        assert not session.alive
        session.close()


@pytest.mark.parametrize("address", ["", "a b@example.org", "é@example.org", "a@example.org>\r\nDATA", "x"])
def test_no_command_can_be_slipped_in_by_an_address(address: str) -> None:
    script = Script()
    with running(script):
        session = Session(server_of(script))
        session.open()
        bad = Envelope(sender="s@example.org", to=address, content=b"Subject: x\r\n\r\n")
        outcomes = session.deliver([envelope(1), bad, envelope(2)])
        session.close()
    assert [outcome.fate for outcome in outcomes] == [Fate.TAKEN, Fate.REFUSED, Fate.TAKEN]
    assert outcomes[1].for_ever
    assert len(script.taken) == 2


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([b".", b"..", b".x", b"x", b"", b"x" * 1200]), max_size=6))
def test_any_body_arrives_as_it_was(lines: list[bytes]) -> None:
    content = b"Subject: x\r\n\r\n" + b"".join(line + b"\r\n" for line in lines)
    script = Script()
    with running(script):
        session = Session(server_of(script))
        session.open()
        (outcome,) = session.deliver([envelope(content=content)])
        session.close()
    assert outcome.fate is Fate.TAKEN
    assert script.taken == [content]


def test_the_pace_is_kept() -> None:
    slept: list[float] = []
    clock = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    pace = Pace(10, clock=lambda: clock[0], sleep=sleep)
    script = Script()
    with running(script):
        session = Session(server_of(script))
        session.open()
        outcomes = [outcome for _e, outcome in session.exchange(map(envelope, range(5)), pace=pace)]
        session.close()
    assert len(outcomes) == 5
    assert sum(slept) == pytest.approx(0.5)


# The pool -------------------------------------------------------------------------------------------


def test_a_connection_serves_again_and_one_that_was_closed_does_not() -> None:
    pool, script = Pool(), Script()
    with running(script):
        for _round in range(3):
            assert [o.fate for _e, o in pool.exchange(server_of(script), [envelope()])] == [Fate.TAKEN]
        assert script.connections == 1
        script.answers["NOOP"] = ["421 idle too long", "250 ok"]
        assert [o.fate for _e, o in pool.exchange(server_of(script), [envelope()])] == [Fate.TAKEN]
        assert script.connections == 2
        pool.close()


def test_a_batch_goes_on_over_a_new_line() -> None:
    pool = Pool()
    script = Script(answers={"END": ["250 ok", "cut-after", "250 ok"]})
    with running(script):
        outcomes = [o.fate for _e, o in pool.exchange(server_of(script), map(envelope, range(6)))]
        pool.close()
    assert outcomes[:2] == [Fate.TAKEN, Fate.UNKNOWN]
    assert len(outcomes) == 6
    assert outcomes.count(Fate.UNKNOWN) == 1
    assert len(script.taken) == outcomes.count(Fate.TAKEN) + 1


def test_a_server_that_always_hangs_up_is_left_alone() -> None:
    pool = Pool()
    script = Script(answers={"MAIL": ["cut"]})
    with running(script), pytest.raises(Unreachable):
        list(pool.exchange(server_of(script), map(envelope, range(100))))
    assert script.connections == 3


# With a server of others ----------------------------------------------------------------------------


class _Keeper:
    def __init__(self) -> None:
        self.letters: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"


def test_another_program_takes_what_we_hand_over() -> None:
    keeper = _Keeper()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        session = Session(Server(host="127.0.0.1", port=port))
        session.open()
        outcomes = session.deliver(envelope(n, b"Subject: x\r\n\r\n.dot\r\n") for n in range(3))
        session.close()
    finally:
        controller.stop()
    assert {outcome.fate for outcome in outcomes} == {Fate.TAKEN}
    assert keeper.letters == [
        ("retours@example.org", [f"p{n}@example.net"], b"Subject: x\r\n\r\n.dot\r\n") for n in range(3)
    ]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Any) -> None:
    keys = _self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*keys)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(_Keeper(), hostname="127.0.0.1", port=port, tls_context=context)
    controller.start()
    try:
        session = Session(Server(host="127.0.0.1", port=port, tls=Tls.STARTTLS))
        with pytest.raises(Unreachable) as trouble:
            session.open()
        assert trouble.value.why == "SSLCertVerificationError"
        trusting = ssl.create_default_context(cafile=str(keys[0]))
        with mock.patch("ssl.create_default_context", return_value=trusting):
            session = Session(Server(host="localhost", port=port, tls=Tls.STARTTLS))
            session.open()
        assert [outcome.fate for outcome in session.deliver([envelope()])] == [Fate.TAKEN]
        session.close()
    finally:
        controller.stop()


def _self_signed(folder: Any) -> tuple[Any, Any]:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert_path, key_path
