"""The list of changes, about, and the one revision."""

from tests.contract.emulator.drive.plain_drive import HEAD, ROBOT, TECH, new, refusal


def test_changes_since_a_token_name_each_file_once(drive_of):
    drive, head = drive_of(TECH), drive_of(HEAD)
    before = new(drive, "before")
    token = drive.changes().getStartPageToken().execute()["startPageToken"]
    after = new(drive, "after")
    drive.files().update(fileId=after, body={"name": "renamed"}).execute()
    drive.files().delete(fileId=before).execute()
    answer = drive.changes().list(pageToken=token).execute()
    assert [(c["fileId"], c["removed"], c.get("file", {}).get("name")) for c in answer["changes"]] == [
        (after, False, "renamed"),
        (before, True, None),
    ]
    assert drive.changes().list(pageToken=answer["newStartPageToken"]).execute()["changes"] == []
    assert all(change["removed"] for change in head.changes().list(pageToken=token).execute()["changes"])


def test_about_needs_fields_and_tells_of_missing_storage(drive_of):
    assert refusal(drive_of(TECH).about().get()) == (
        400,
        "required",
        "The 'fields' parameter is required for this method.",
    )
    about = drive_of(ROBOT).about().get(fields="user(emailAddress),storageQuota(limit)").execute()
    assert about == {"user": {"emailAddress": ROBOT}, "storageQuota": {"limit": "0"}}


def test_comments_and_the_one_revision(drive_of):
    drive = drive_of(TECH)
    book = new(drive)
    assert drive.comments().list(fileId=book, fields="comments").execute() == {"comments": []}
    drive.comments().create(fileId=book, body={"content": "<b>"}, fields="id").execute()
    listed = drive.comments().list(fileId=book, fields="comments(content,htmlContent)").execute()
    assert listed == {"comments": [{"content": "<b>", "htmlContent": "&lt;b&gt;"}]}
    assert len(drive.revisions().list(fileId=book).execute()["revisions"]) == 1
