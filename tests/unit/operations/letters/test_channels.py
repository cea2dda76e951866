"""The settings choose the channel; each tells of a letter without an answer what it can."""

from types import SimpleNamespace

import pytest

from operations.letters.channels import channel_of
from operations.letters.drive import DriveChannel
from operations.letters.letter import Enclosure, Letter
from operations.letters.smtp import SmtpChannel
from sheets_sync.schema.access import READER

RECORD = Enclosure("record-1", READER)
TO = "buh@bereke.kz"


class Drive:
    """Notes the letters that it is to send, and tells the given permissions."""

    def __init__(self, *permissions):
        self.found, self.letters = list(permissions), []

    def permissions(self, file_id):
        assert file_id == RECORD.file_id
        return self.found

    def grant_with_letter(self, *letter):
        self.letters.append(letter)


def services(smtp_url, drive=None):
    return SimpleNamespace(
        settings=SimpleNamespace(smtp_url=smtp_url), sleep=None, creator=SimpleNamespace(drive=drive)
    )


@pytest.mark.parametrize(
    ("smtp_url", "kind", "name"),
    [("smtp://h?from=a@b.kz", SmtpChannel, "smtp"), (None, DriveChannel, "drive")],
)
def test_the_settings_choose_the_channel(smtp_url, kind, name):
    channel = channel_of(services(smtp_url))
    assert (type(channel), channel.name) == (kind, name)


def test_the_password_of_a_mail_server_is_not_shown():
    assert "secret" not in repr(channel_of(services("smtps://u:secret@h?from=a@b.kz")))


def test_drive_sends_the_words_with_the_grant():
    drive = Drive()
    DriveChannel(drive).send(Letter(TO, "subject", "words", "name"), RECORD)
    assert drive.letters == [("record-1", TO, READER, "words")]


@pytest.mark.parametrize(
    ("permissions", "sent"),
    [
        ([], False),
        ([{"emailAddress": "somebody@bereke.kz", "permissionDetails": [{"inherited": False}]}], False),
        ([{"emailAddress": "Buh@Bereke.kz"}], None),
        ([{"emailAddress": TO, "permissionDetails": [{"inherited": True}]}], False),
        ([{"emailAddress": TO, "permissionDetails": [{"inherited": True}, {"inherited": False}]}], True),
    ],
)
def test_a_grant_of_its_own_tells_that_drives_letter_went(permissions, sent):
    assert DriveChannel(Drive(*permissions)).was_sent(TO, RECORD) is sent


def test_a_mail_server_cannot_tell():
    assert SmtpChannel("smtp://h?from=a@b.kz").was_sent(TO, RECORD) is None
