"""What a file holds: uploads in each form, downloads, conversions, exports."""

import io

from googleapiclient.http import MediaInMemoryUpload, MediaIoBaseUpload
from openpyxl import load_workbook

from tests.contract.emulator.drive.plain_drive import (
    SPREADSHEET,
    STRANGER,
    TECH,
    XLSX,
    new,
    refusal,
)


def test_a_plain_file_is_uploaded_downloaded_and_replaced_byte_for_byte(drive_of):
    drive = drive_of(TECH)
    content = bytes(range(256)) + b"\r\n\r\n--x\r\n\n\xff\r\n"
    media = MediaInMemoryUpload(content, mimetype="application/octet-stream")
    made = (
        drive.files()
        .create(body={"name": "печать.bin"}, media_body=media, fields="id,size,md5Checksum")
        .execute()
    )
    assert made["size"] == str(len(content))
    assert drive.files().get_media(fileId=made["id"]).execute() == content
    second = MediaInMemoryUpload(b'{"a": 1}', mimetype="application/json")
    drive.files().update(fileId=made["id"], media_body=second).execute()
    assert drive.files().get_media(fileId=made["id"]).execute() == b'{"a": 1}'


def test_a_resumable_upload_comes_in_pieces(drive_of):
    drive = drive_of(TECH)
    content = bytes(range(256)) * 3000
    media = MediaIoBaseUpload(
        io.BytesIO(content), mimetype="application/x-seal", chunksize=256 * 1024, resumable=True
    )
    request = drive.files().create(body={"name": "большой"}, media_body=media, fields="id,name,mimeType,size")
    status, made = request.next_chunk()
    assert (status.resumable_progress, made) == (256 * 1024, None)
    while made is None:
        _, made = request.next_chunk()
    assert (made["name"], made["mimeType"], made["size"]) == ("большой", "application/x-seal", "768000")
    assert drive.files().get_media(fileId=made["id"]).execute() == content
    again = MediaIoBaseUpload(io.BytesIO(b"kurz"), mimetype="text/plain", resumable=True)
    drive.files().update(fileId=made["id"], media_body=again).execute()
    assert drive.files().get_media(fileId=made["id"]).execute() == b"kurz"


def test_an_upload_is_its_starters_alone_and_its_pieces_follow_each_other(http):
    path = "/upload/drive/v3/files?uploadType=resumable"
    location = http(TECH, "POST", path, json={"name": "x"}).headers["Location"]
    path = location[location.index("/upload") :]
    first = {"Content-Range": "bytes 0-2/6"}
    assert http(STRANGER, "PUT", path, data=b"abc", headers=first).status_code == 404
    assert http(TECH, "PUT", path, data=b"abc", headers=first).status_code == 308
    assert http(TECH, "PUT", path, data=b"abc", headers=first).status_code == 400
    asked = http(TECH, "PUT", path, data=b"", headers={"Content-Range": "bytes */6"})
    assert (asked.status_code, asked.headers["Range"]) == (308, "bytes=0-2")
    assert http(TECH, "PUT", path, data=b"def", headers={"Content-Range": "bytes 3-5/6"}).status_code == 200
    assert http(TECH, "PUT", path, data=b"def", headers={"Content-Range": "bytes 3-5/6"}).status_code == 404


def test_a_spreadsheet_has_no_bytes_and_a_plain_file_no_export(drive_of):
    drive = drive_of(TECH)
    book, plain = new(drive), new(drive, "x.txt", "text/plain")
    assert refusal(drive.files().get_media(fileId=book)) == (
        403,
        "fileNotDownloadable",
        "Only files with binary content can be downloaded. Use Export with Docs Editors files.",
    )
    assert refusal(drive.files().export(fileId=plain, mimeType="text/csv"))[:2] == (403, "fileNotExportable")
    assert refusal(drive.files().export(fileId=book, mimeType="image/png"))[0] == 400


def test_an_uploaded_table_becomes_a_spreadsheet_and_is_exported_again(drive_of):
    drive = drive_of(TECH)
    table = 'Имя,Сумма\r\n"Иванов, И.",5\r\n,=B2*2\r\n'.encode()
    media = MediaIoBaseUpload(io.BytesIO(table), mimetype="text/csv")
    book = drive.files().create(body={"name": "t", "mimeType": SPREADSHEET}, media_body=media).execute()["id"]
    csv = drive.files().export(fileId=book, mimeType="text/csv").execute()
    assert csv.decode() == 'Имя,Сумма\r\n"Иванов, И.",5\r\n,10'
    tsv = drive.files().export(fileId=book, mimeType="text/tab-separated-values").execute()
    assert tsv.decode() == "Имя\tСумма\r\nИванов, И.\t5\r\n\t10"
    xlsx = load_workbook(io.BytesIO(drive.files().export(fileId=book, mimeType=XLSX).execute()))
    assert [[cell.value for cell in row] for row in xlsx["t"].iter_rows()] == [
        ["Имя", "Сумма"],
        ["Иванов, И.", 5],
        [None, "=B2*2"],
    ]
    assert drive.files().export(fileId=book, mimeType="application/pdf").execute()[:5] == b"%PDF-"
