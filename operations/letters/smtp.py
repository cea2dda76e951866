"""Sending a letter by a mail server: time-outs, a bounded number of tries, and never a second letter.

Until the letter's text is on its way a try can be repeated. After that, without an answer, nobody knows.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from urllib.parse import parse_qs, unquote, urlsplit

import tenacity

from kpi_rules.errors import RefusedError, RetryableError
from operations.letters.letter import Enclosure, Letter

TIMEOUT_SECONDS = 30
ATTEMPTS = 3
_PORTS = {"smtps": 465, "smtp": 587}
_OK = 250
_PERMANENT = 500


@dataclass(frozen=True)
class MailServer:
    """A mail server and as whom we send. `tls`: from the first byte on; else STARTTLS where it is offered."""

    host: str
    port: int
    tls: bool
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class SmtpChannel:
    """Letters by the mail server of an address (`KPI_SMTP_URL`), which is read when a letter is sent."""

    url: str = field(repr=False)
    sleep: Callable[[float], None] = time.sleep
    name = "smtp"

    def send(self, letter: Letter, _enclosure: Enclosure) -> None:
        """Hand a letter over to the mail server, once. Raises what `mail_server` and `send_letter` raise."""
        send_letter(mail_server(self.url), letter, sleep=self.sleep)

    def was_sent(self, _to: str, _enclosure: Enclosure) -> None:
        """Tell nothing: a mail server cannot be asked for what it was handed."""


def mail_server(url: str) -> MailServer:
    """Read `KPI_SMTP_URL`. Raises RefusedError without quoting it: it holds a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        sender = parse_qs(parts.query).get("from", [user])[0]
        Address(addr_spec=sender)
    except (ValueError, IndexError):
        raise RefusedError("smtp_address_unreadable") from None
    if parts.scheme not in _PORTS or not parts.hostname or "@" not in sender:
        raise RefusedError("smtp_address_unreadable")
    return MailServer(
        parts.hostname or "", port or _PORTS[parts.scheme], parts.scheme == "smtps", sender, user, password
    )


def send_letter(
    server: MailServer,
    letter: Letter,
    *,
    sleep: Callable[[float], None] = time.sleep,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> None:
    """Hand a letter over to the mail server, once.

    Raises:
        RetryableError: the server could not be reached or was busy (`carried_out` False), or gave no answer
            after the text was sent (`carried_out` None).
        RefusedError: it refuses us, the sender or the reader for good.
    """
    tenacity.Retrying(
        retry=tenacity.retry_if_exception(
            lambda error: isinstance(error, RetryableError) and error.carried_out is False
        ),
        wait=tenacity.wait_random_exponential(multiplier=1, max=10),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        sleep=sleep,
        reraise=True,
    )(_send_once, server, letter, timeout_seconds)


def _send_once(server: MailServer, letter: Letter, timeout_seconds: float) -> None:
    content = _message(server, letter).as_bytes(policy=SMTP_POLICY)
    with _connected(server, timeout_seconds) as smtp:
        _step(smtp, lambda: smtp.mail(server.sender))
        _step(smtp, lambda: smtp.rcpt(letter.to))
        try:
            code, _ = smtp.data(content)
        except smtplib.SMTPDataError as error:  # refused before the text was sent
            raise _refusal(error.smtp_code) from None
        except (OSError, smtplib.SMTPException):
            raise RetryableError("smtp_unanswered", carried_out=None) from None
        if code != _OK:
            raise _refusal(code)


class _Connection:
    """A connection that is given back without a word: what counts was answered before."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def __enter__(self) -> smtplib.SMTP:
        return self._smtp

    def __exit__(self, *_: object) -> None:
        self._smtp.close()


def _connected(server: MailServer, timeout_seconds: float) -> _Connection:
    context = ssl.create_default_context()
    try:
        smtp = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_seconds, context=context)
            if server.tls
            else smtplib.SMTP(server.host, server.port, timeout=timeout_seconds)
        )
    except (OSError, smtplib.SMTPException):
        raise RetryableError("smtp_silent", host=server.host) from None
    try:
        _greeted(smtp, server, context)
    except BaseException:
        smtp.close()
        raise
    return _Connection(smtp)


def _greeted(smtp: smtplib.SMTP, server: MailServer, context: ssl.SSLContext) -> None:
    _step(smtp, smtp.ehlo)
    if not server.tls and smtp.has_extn("starttls"):
        try:
            smtp.starttls(context=context)
        except (OSError, smtplib.SMTPException):
            raise RetryableError("smtp_tls_failed", host=server.host) from None
        _step(smtp, smtp.ehlo)
    elif not server.tls and server.user:
        raise RefusedError("smtp_without_tls", host=server.host)
    if not server.user:
        return
    try:
        smtp.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError:
        raise RefusedError("smtp_login_refused") from None
    except (OSError, smtplib.SMTPException):
        raise RetryableError("smtp_login_broken", host=server.host) from None


def _step(smtp: smtplib.SMTP, command: Callable[[], tuple[int, bytes]]) -> None:
    """Send a command that comes before the text; whatever goes wrong, no letter has left."""
    try:
        code, _ = command()
    except (OSError, smtplib.SMTPException):
        raise RetryableError("smtp_broken") from None
    if code // 100 != _OK // 100:
        smtp.close()
        raise _refusal(code)


def _refusal(code: int) -> RetryableError | RefusedError:
    if code >= _PERMANENT:
        return RefusedError("smtp_refused", answer=str(code))
    return RetryableError("smtp_busy", answer=str(code))


def _message(server: MailServer, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{letter.name}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message
