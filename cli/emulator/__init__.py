"""`kpi emulator`: the local Google Sheets and Drive."""
