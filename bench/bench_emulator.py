"""How fast the emulator is, as ratios within one run.

- reading a tab of 100,000 × 12 cells by values.batchGet, against Python's json.dumps of the same answer;
- a batchUpdate of 20,000 cells, in seconds, and in seconds of the processor (client and emulator together), which
  tell the same on a busy machine; the same with formats;
- an answered write, against a bare SQLite commit on the same disk.
"""

import json
import random
import tempfile
import time
from pathlib import Path

import requests

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.server import serve

ROWS, COLUMNS, UPDATED_ROWS = 100_000, 12, 2_000
OWNER = "owner@example.com"


def best_of(times, work, clock=time.perf_counter):
    seconds = []
    for _ in range(times):
        begun = clock()
        result = work()
        seconds.append(clock() - begun)
    return min(seconds), result


def big_tab(emulator, http):
    made = http.post(f"{emulator.url}/v4/spreadsheets", json={}).json()["spreadsheetId"]
    rng = random.Random(7)
    with emulator.engine.store.transaction() as txn:
        document = txn.document(made)
        sheet = document.sheets[0]
        sheet.resize(ROWS, COLUMNS)
        for row in range(ROWS):
            cells = [row, f"Клиент {row}", rng.random() * 1e6, rng.randrange(46000), True, "Сделка", None]
            sheet.grid.writable(row).values = [*cells, rng.randrange(10**6), "телефон", 0.25, "да", "нет"]
        txn.put_document(made, document)
    return made


def cells(offset, look):
    value = {"numberValue": offset + 0.5}
    cell = {"userEnteredValue": value} | ({"userEnteredFormat": look} if look else {})
    return [{"values": [cell] * 10} for _ in range(UPDATED_ROWS)]


def main():
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as emulator:
        store = emulator.engine.store
        ensure_account(store, OWNER)
        http = requests.Session()
        http.trust_env = False
        http.headers["Authorization"] = f"Bearer {issue_token(store, OWNER)}"
        address = f"{emulator.url}/v4/spreadsheets/{big_tab(emulator, http)}"

        query = {"ranges": "Sheet1", "valueRenderOption": "UNFORMATTED_VALUE"}
        read, answer = best_of(3, lambda: http.get(f"{address}/values:batchGet", params=query))
        parsed = answer.json()
        dumped, _ = best_of(3, lambda: json.dumps(parsed))
        if len(parsed["valueRanges"][0]["values"]) != ROWS:
            raise SystemExit("the answer is not the whole tab")
        print(
            f"batchGet {ROWS} x {COLUMNS}: {read:.2f} s = {read / dumped:.2f} x json.dumps ({dumped:.2f} s)"
        )

        for name, look in (("values", None), ("values and formats", {"numberFormat": {"type": "PERCENT"}})):
            numbers = iter(range(100))

            def write(look=look, numbers=numbers):
                start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 0}
                update = {"start": start, "rows": cells(next(numbers), look), "fields": "*"}
                return http.post(f"{address}:batchUpdate", json={"requests": [{"updateCells": update}]})

            wrote, answer = best_of(3, write)
            answer.raise_for_status()
            worked, _ = best_of(3, write, time.process_time)
            print(
                f"batchUpdate of {UPDATED_ROWS * 10} cells, {name}: {wrote:.2f} s (processor {worked:.2f} s)"
            )

        small, _ = best_of(
            20, lambda: http.put(f"{address}/values/A1?valueInputOption=RAW", json={"values": [["x"]]})
        )

        def commit():
            with store.transaction() as txn:
                txn.put_setting("bench", 1)

        bare, _ = best_of(20, commit)
        print(
            f"one written cell: {small * 1000:.1f} ms = {small / bare:.1f} x a bare commit ({bare * 1000:.1f} ms)"
        )


if __name__ == "__main__":
    main()
