"""A spreadsheet spoken to in plain HTTP, and short ways of writing ranges."""


class Book:
    """A spreadsheet of a test's owner, spoken to in plain HTTP."""

    def __init__(self, google):
        self.google = google
        self.id = self.call("POST", "", json={"properties": {"title": "Книга"}})["spreadsheetId"]

    def call(self, verb, path, **more):
        base = f"/v4/spreadsheets/{self.id}" if hasattr(self, "id") else "/v4/spreadsheets"
        answer = self.google.call("owner", verb, base + path, **more)
        self.status = answer.status_code
        return answer.json()

    def batch(self, *requests, **more):
        answer = self.call("POST", ":batchUpdate", json={"requests": list(requests), **more})
        assert self.status == 200, answer
        return answer["replies"]

    def refusal(self, *requests):
        answer = self.call("POST", ":batchUpdate", json={"requests": list(requests)})
        assert self.status == 400, answer
        return answer["error"]["message"]

    def put(self, where, rows, option="USER_ENTERED"):
        return self.call("PUT", f"/values/{where}?valueInputOption={option}", json={"values": rows})

    def raw(self, where):
        return self.call("GET", f"/values/{where}?valueRenderOption=UNFORMATTED_VALUE").get("values", [])

    def formulas(self, where):
        return self.call("GET", f"/values/{where}?valueRenderOption=FORMULA").get("values", [])

    def sheet(self, fields="sheets"):
        return self.call("GET", f"?fields={fields}")["sheets"][0]


def box(top, bottom, left, right, sheet=0):
    ends = {"startRowIndex": top, "endRowIndex": bottom, "startColumnIndex": left, "endColumnIndex": right}
    return {"sheetId": sheet, **ends}


def span(dimension, start, end):
    return {"sheetId": 0, "dimension": dimension, "startIndex": start, "endIndex": end}


def shown(place):
    """A GridRange as answers show it: without sheet 0."""
    return {name: value for name, value in place.items() if (name, value) != ("sheetId", 0)}
