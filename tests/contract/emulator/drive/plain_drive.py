"""What the tests of Drive share: accounts, types of files, and short ways to make, share and list them."""

import json

import pytest
from googleapiclient.errors import HttpError

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
FOLDER = "application/vnd.google-apps.folder"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DESCRIPTION = "discovery_cache/documents/drive.v3.json"
TECH, HEAD, STRANGER = "tech@firm.kz", "head@firm.kz", "stranger@else.kz"
ROBOT = "robot@tablo.iam.gserviceaccount.com"


def new(drive, name="book", mime=SPREADSHEET, **more):
    body = {"name": name, "mimeType": mime} | more
    return drive.files().create(body=body, supportsAllDrives=True).execute()["id"]


def share(drive, file_id, email, role="writer", **more):
    body = {"type": "user", "role": role, "emailAddress": email}
    return (
        drive.permissions()
        .create(fileId=file_id, body=body, sendNotificationEmail=False, supportsAllDrives=True, **more)
        .execute()
    )


def names(drive, q="trashed = false", **more):
    found = drive.files().list(q=q, fields="files(name)", **more).execute()
    return {file["name"] for file in found["files"]}


def refusal(call):
    with pytest.raises(HttpError) as caught:
        call.execute()
    error = json.loads(caught.value.content)["error"]
    return error["code"], error["errors"][0]["reason"], error["message"]
