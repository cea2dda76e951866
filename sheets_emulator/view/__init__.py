"""The browser view: a list of files at `/`, a spreadsheet at `/spreadsheets/d/{id}/edit`.

Mounted by `app.py` through `view.routes`. It stands on the emulator's own API alone: every page and every
saved cell is a call of Sheets v4 or Drive v3 made as the account chosen on the page, so that it shows and
refuses what any client would see. Only a browser that came in by a one-time link is shown anything.
"""

from sheets_emulator.view.cookies import session_in
from sheets_emulator.view.handlers import closed_page, routes

__all__ = ["closed_page", "routes", "session_in"]
