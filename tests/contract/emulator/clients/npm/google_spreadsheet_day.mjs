// A day's work with google-spreadsheet. Only the address and the key file differ from Google's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { JWT, UserRefreshClient } from "google-auth-library";
import { GoogleSpreadsheet } from "google-spreadsheet";

const { EMULATOR_URL, OWNER_KEY, ROBOT_KEY, HEAD } = process.env;

// The library writes Google's addresses out: what is fetched from there is fetched from the emulator.
const google = globalThis.fetch;
globalThis.fetch = (request, options) =>
  google(new Request(request.url.replace(/^https:\/\/\w+\.googleapis\.com/, EMULATOR_URL), request), options);

const person = JSON.parse(readFileSync(OWNER_KEY));
const owner = new UserRefreshClient({
  clientId: person.client_id,
  clientSecret: person.client_secret,
  refreshToken: person.refresh_token,
  endpoints: { oauth2TokenUrl: person.token_uri },
});

// A spreadsheet with a tab of rows.
const doc = await GoogleSpreadsheet.createNewSpreadsheetDocument(owner, { title: "Ноябрь" });
await doc.updateProperties({ title: "Ноябрь 2026", locale: "en_US" });
assert.equal(doc.title, "Ноябрь 2026");
const deals = await doc.addSheet({ title: "Сделки a/b", headerValues: ["Код", "Сумма", "Итог"] });
await deals.addRow({ Код: "M01", Сумма: 1250.5, Итог: "=B2*2" });
const added = await deals.addRows([
  ["M02", 2, ""],
  { Код: "M03", Сумма: 3 },
]);
assert.equal(added[1].rowNumber, 4);
let rows = await deals.getRows();
assert.deepEqual(rows.map((row) => row.get("Код")), ["M01", "M02", "M03"]);
assert.equal(rows[0].get("Итог"), "2501");
rows[1].set("Сумма", 20);
await rows[1].save();
await rows[2].delete();
rows = await deals.getRows({ offset: 1, limit: 5 });
assert.deepEqual(rows.map((row) => row.toObject()), [{ Код: "M02", Сумма: "20", Итог: "" }]);

// Cells: values, formulas, formats and notes, saved in one batch.
await deals.loadCells("A1:C3");
const cell = deals.getCellByA1("C3");
cell.formula = "=SUM(B2:B3)";
cell.note = "Проверить";
cell.textFormat = { bold: true };
cell.numberFormat = { type: "NUMBER", pattern: "0.00" };
deals.getCell(0, 0).value = "Сделка";
await deals.saveUpdatedCells();
assert.equal(cell.value, 1270.5);
assert.equal(cell.formattedValue, "1270.50");
assert.equal(cell.note, "Проверить");
deals.resetLocalCache(true);
await deals.loadCells({ startRowIndex: 2, endRowIndex: 3, startColumnIndex: 2, endColumnIndex: 3 });
assert.equal(deals.getCell(2, 2).textFormat.bold, true);
assert.deepEqual(await deals.getCellsInRange("A1:B2"), [
  ["Сделка", "Сумма"],
  ["M01", "1250.5"],
]);

// Tabs: sizes, order, merging, copies, named ranges, protection, validation.
await deals.updateProperties({ tabColorStyle: { rgbColor: { red: 1 } } });
await deals.resize({ rowCount: 20, columnCount: 5 });
await deals.mergeCells({ startRowIndex: 4, endRowIndex: 6, startColumnIndex: 0, endColumnIndex: 2 });
await deals.unmergeCells({ startRowIndex: 4, endRowIndex: 6, startColumnIndex: 0, endColumnIndex: 2 });
await deals.updateDimensionProperties("COLUMNS", { pixelSize: 240 }, { startIndex: 0, endIndex: 1 });
await deals.insertDimension("ROWS", { startIndex: 6, endIndex: 8 });
assert.equal(deals.rowCount, 22);
await deals.setDataValidation(
  { startRowIndex: 1, endRowIndex: 3, startColumnIndex: 0, endColumnIndex: 1 },
  { condition: { type: "ONE_OF_LIST", values: [{ userEnteredValue: "M01" }] }, showCustomUi: true, strict: false },
);
const named = await doc.addNamedRange("суммы", {
  sheetId: deals.sheetId,
  startRowIndex: 1,
  endRowIndex: 3,
  startColumnIndex: 1,
  endColumnIndex: 2,
});
await doc.deleteNamedRange(named.namedRange.namedRangeId);
const guard = await deals.addProtectedRange({ range: { startRowIndex: 0, endRowIndex: 1 }, description: "Шапка" });
assert.ok(guard);
await deals.clear("E1:E5");
await deals.insertDimension("COLUMNS", { startIndex: 0, endIndex: 1 }, false);
await deals.deleteDimension("COLUMNS", { startIndex: 0, endIndex: 1 });
await deals.loadCells("A1:A1");
assert.equal(deals.getCellByA1("A1").value, "Сделка");
await deals.duplicate({ title: "Копия" });
await doc.loadInfo();
assert.deepEqual(doc.sheetsByIndex.map((sheet) => sheet.title).sort(), ["Sheet1", "Копия", "Сделки a/b"].sort());
await doc.sheetsByTitle["Sheet1"].delete();
await deals.clearRows();
assert.deepEqual(await deals.getRows(), []);

// Downloads, by the address that the emulator gave.
const table = await doc.sheetsByTitle["Копия"].downloadAsCSV();
assert.match(new TextDecoder().decode(table), /^Сделка,Сумма,Итог\r\nM01,1250.5,2501\r\nM02,20,1270.50/);
const workbook = await doc.downloadAsXLSX();
assert.deepEqual([...new Uint8Array(workbook).slice(0, 2)], [0x50, 0x4b]);

// Sharing, and a service account that signs its tokens itself.
const robotKey = JSON.parse(readFileSync(ROBOT_KEY));
await doc.share(HEAD, { role: "reader", emailMessage: false });
await doc.share(robotKey.client_email, { role: "writer", emailMessage: false });
const roles = Object.fromEntries((await doc.listPermissions()).map((one) => [one.emailAddress, one.role]));
assert.deepEqual([roles[HEAD], roles[robotKey.client_email]], ["reader", "writer"]);
const robot = new JWT({
  email: robotKey.client_email,
  key: robotKey.private_key,
  scopes: ["https://www.googleapis.com/auth/spreadsheets"],
});
robot.useJWTAccessWithScope = true;
const theirs = new GoogleSpreadsheet(doc.spreadsheetId, robot, { retryConfig: 0 });
await theirs.loadInfo();
await theirs.sheetsByTitle["Копия"].addRow({ Сделка: "M04" });
await assert.rejects(theirs.delete(), /Google API error - \[403\]/);
await assert.rejects(new GoogleSpreadsheet("nothing", robot, { retryConfig: 0 }).loadInfo(), {
  message: "Google API error - [404] Requested entity was not found.",
});
await doc.delete();
console.log("done");
