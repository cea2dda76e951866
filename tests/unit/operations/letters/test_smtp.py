"""A letter goes once: repeated while nothing can have left, never after its text was sent."""

import asyncio
import smtplib
import socket
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from kpi_rules.errors import RefusedError, RetryableError
from operations.letters.letter import Letter
from operations.letters.smtp import ATTEMPTS, MailServer, mail_server, send_letter
from tests.telling import remedy_of, tells

LETTER = Letter("buh@bereke.kz", "Береке: сентябрь закрыт", "Печать № 1\nотпечаток 4F2A", "tablo-1-1")


class Box:
    """Takes letters, and behaves badly as told: `answers` are given to DATA, the last one from then on."""

    def __init__(self, *answers, at_rcpt="250 OK", hang_up=False):
        self.answers, self.at_rcpt, self.hang_up = list(answers or ["250 OK"]), at_rcpt, hang_up
        self.letters, self.tries = [], 0

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802  # aiosmtpd's name
        self.tries += 1
        if self.at_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_rcpt

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802  # aiosmtpd's name
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.startswith("250"):
            self.letters.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        if self.hang_up:
            server.transport.abort()
            await asyncio.sleep(0)
        return answer


@pytest.fixture
def served():
    """Serve a box; gives the server to send to."""
    started = []

    def serve(box, **options):
        controller = Controller(box, hostname="127.0.0.1", port=0, ready_timeout=30, **options)
        controller.port = free_port()
        controller.start()
        started.append(controller)
        return MailServer("127.0.0.1", controller.port, tls=False, sender="kpi@tablo.kz")

    yield serve
    for controller in started:
        controller.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def send(server, sleeps=None):
    send_letter(server, LETTER, sleep=(sleeps if sleeps is not None else []).append, timeout_seconds=20)


def test_a_letter_arrives_once_with_its_words_and_a_name_of_its_own(served):
    box = Box()
    send(served(box))
    [(sender, readers, content)] = box.letters
    assert (sender, readers) == ("kpi@tablo.kz", ["buh@bereke.kz"])
    message = message_from_bytes(content, policy=policy.default)
    assert message["Subject"] == LETTER.subject
    assert message["Message-ID"] == "<tablo-1-1@tablo.kz>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().split() == LETTER.body.split()


def test_a_busy_server_is_asked_again_and_not_for_ever(served):
    box, sleeps = Box("451 later", "250 OK"), []
    send(served(box), sleeps)
    assert (len(box.letters), box.tries, len(sleeps)) == (1, 2, 1)
    box = Box("451 later")
    with tells(RetryableError, "занят") as busy:
        send(served(box))
    assert (busy.value.carried_out, box.tries, box.letters) == (False, ATTEMPTS, [])


def test_a_refusal_is_not_repeated(served):
    for box in (Box("554 no"), Box(at_rcpt="550 nobody")):
        with tells(RefusedError, "отказал"):
            send(served(box))
        assert (box.tries, box.letters) == (1, [])


def test_no_answer_after_the_text_is_unknown_and_not_repeated(served):
    box = Box(hang_up=True)
    with pytest.raises(RetryableError) as lost:
        send(served(box))
    assert (lost.value.carried_out, box.tries, len(box.letters)) == (None, 1, 1)


def test_nobody_there_is_tried_a_few_times():
    sleeps = []
    with tells(RetryableError, "не отвечает") as nobody:
        send(MailServer("127.0.0.1", free_port(), tls=False, sender="kpi@tablo.kz"), sleeps)
    assert (nobody.value.carried_out, len(sleeps)) == (False, ATTEMPTS - 1)


def test_a_password_is_never_sent_in_the_clear(served):
    def accept(*_):
        raise AssertionError("the password was sent")

    box = Box()
    server = served(box, authenticator=accept, auth_require_tls=False)
    with tells(RefusedError, "открытому каналу"):
        send(MailServer(server.host, server.port, tls=False, sender="a@b.kz", user="u", password="secret"))
    assert box.letters == []


def test_a_wrong_password_is_told_without_it(served, monkeypatch):
    monkeypatch.setattr(smtplib.SMTP, "has_extn", lambda _smtp, name: name == "auth")
    monkeypatch.setattr("operations.letters.smtp._greeted", greeted_without_tls)
    server = served(
        Box(), authenticator=lambda *_: AuthResult(success=False, handled=False), auth_require_tls=False
    )
    with tells(RefusedError, "имя или пароль") as told:
        send(MailServer(server.host, server.port, tls=False, sender="a@b.kz", user="u", password="secret"))
    assert "secret" not in str(told.value) + remedy_of(told)


def greeted_without_tls(smtp, server, _context):
    smtp.ehlo()
    try:
        smtp.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError:
        raise RefusedError("smtp_login_refused") from None


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("smtps://kpi%40firm.kz:p%40ss@mail.firm.kz", ("mail.firm.kz", 465, True, "kpi@firm.kz", "p@ss")),
        ("smtp://u:p@mail.firm.kz:2525/?from=kpi@firm.kz", ("mail.firm.kz", 2525, False, "kpi@firm.kz", "p")),
        ("smtp://127.0.0.1?from=kpi@firm.kz", ("127.0.0.1", 587, False, "kpi@firm.kz", "")),
    ],
)
def test_the_address_of_a_mail_server_is_read(url, wanted):
    server = mail_server(url)
    assert (server.host, server.port, server.tls, server.sender, server.password) == wanted
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.firm.kz",
        "http://u:p@mail.firm.kz",
        "smtp://mail.firm.kz",
        "smtp://u:p@h:x/?from=a@b.kz",
        "smtps://u:p@/",
    ],
)
def test_what_is_no_address_is_refused_without_quoting_it(url):
    with tells(RefusedError, "KPI_SMTP_URL") as told:
        mail_server(url)
    assert "u:p" not in str(told.value)
