"""The door to Google: the only room that imports gspread."""
