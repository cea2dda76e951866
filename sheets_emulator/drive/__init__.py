"""Drive v3, and of v2 the upload that gspread imports CSV with: the routes."""

from sheets_emulator.drive import changes, comments, files, listing, shared_drives, sharing, uploads
from sheets_emulator.drive.call import route
from sheets_emulator.drive.resources import FILE_FIELDS, PERMISSION_FIELDS
from sheets_emulator.drive.shared_drives import DRIVE_FIELDS

_V3 = "/drive/v3"
_FILE = f"{_V3}/files/{{file_id}}"
_GRANT = f"{_FILE}/permissions/{{permission_id}}"
_COMMENT = f"{_FILE}/comments/{{comment_id}}"
_REPLY = f"{_COMMENT}/replies/{{reply_id}}"
_DRIVE = f"{_V3}/drives/{{drive_id}}"
_LIST_FIELDS = f"kind,incompleteSearch,nextPageToken,files({FILE_FIELDS})"

routes = [
    route(f"{_V3}/files", "GET", listing.list_files, _LIST_FIELDS),
    route(f"{_V3}/files", "POST", files.create, FILE_FIELDS),
    route(f"{_V3}/files/generateIds", "GET", files.generate_ids, writes=True),
    route(f"{_V3}/files/trash", "DELETE", files.empty_trash),
    route(_FILE, "GET", files.get, FILE_FIELDS),
    route(_FILE, "PATCH", files.update, FILE_FIELDS),
    route(_FILE, "DELETE", files.delete),
    route(f"{_FILE}/copy", "POST", files.copy, FILE_FIELDS),
    route(f"{_FILE}/export", "GET", files.export, exports=True),
    route("/spreadsheets/d/{file_id}/export", "GET", files.export_page, exports=True),
    route(
        f"{_FILE}/permissions",
        "GET",
        sharing.list_permissions,
        f"kind,nextPageToken,permissions({PERMISSION_FIELDS})",
    ),
    route(f"{_FILE}/permissions", "POST", sharing.create, PERMISSION_FIELDS),
    route(_GRANT, "GET", sharing.get, PERMISSION_FIELDS),
    route(_GRANT, "PATCH", sharing.update, PERMISSION_FIELDS),
    route(_GRANT, "DELETE", sharing.delete),
    route(f"{_FILE}/comments", "GET", comments.list_comments),
    route(f"{_FILE}/comments", "POST", comments.create),
    route(_COMMENT, "GET", comments.get),
    route(_COMMENT, "PATCH", comments.update),
    route(_COMMENT, "DELETE", comments.delete),
    route(f"{_COMMENT}/replies", "GET", comments.list_replies),
    route(f"{_COMMENT}/replies", "POST", comments.create_reply),
    route(_REPLY, "GET", comments.get),
    route(_REPLY, "PATCH", comments.update),
    route(_REPLY, "DELETE", comments.delete),
    route(f"{_FILE}/revisions", "GET", comments.list_revisions),
    route(f"{_FILE}/revisions/{{revision_id}}", "GET", comments.get_revision),
    route(f"{_V3}/drives", "GET", shared_drives.list_drives, f"kind,nextPageToken,drives({DRIVE_FIELDS})"),
    route(f"{_V3}/drives", "POST", shared_drives.create, DRIVE_FIELDS),
    route(_DRIVE, "GET", shared_drives.get, DRIVE_FIELDS),
    route(_DRIVE, "PATCH", shared_drives.update, DRIVE_FIELDS),
    route(_DRIVE, "DELETE", shared_drives.delete),
    route(f"{_DRIVE}/hide", "POST", shared_drives.hide, DRIVE_FIELDS),
    route(f"{_DRIVE}/unhide", "POST", shared_drives.unhide, DRIVE_FIELDS),
    route(f"{_V3}/changes/startPageToken", "GET", changes.start_page_token),
    route(f"{_V3}/changes", "GET", changes.list_changes, changes.CHANGE_FIELDS),
    route(f"{_V3}/about", "GET", changes.about),
    route("/upload/drive/v3/files", "POST", uploads.create, FILE_FIELDS),
    route("/upload/drive/v3/files/{file_id}", "PATCH", uploads.update, FILE_FIELDS),
    route("/upload/drive/v3/files", "PUT", uploads.create, FILE_FIELDS),
    route("/upload/drive/v3/files/{file_id}", "PUT", uploads.update, FILE_FIELDS),
    route("/upload/drive/v2/files/{file_id}", "PUT", uploads.import_v2),
]
