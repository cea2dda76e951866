// A day's work with Google's own Node client. Only the address and the key files differ from Google's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { google } from "googleapis";

const { EMULATOR_URL, OWNER_KEY, ROBOT_KEY } = process.env;
const robotAddress = JSON.parse(readFileSync(ROBOT_KEY)).client_email;

// A person: the refresh token of the key file, exchanged at the emulator.
const owner = new google.auth.GoogleAuth({
  keyFile: OWNER_KEY,
  clientOptions: { endpoints: { oauth2TokenUrl: `${EMULATOR_URL}/token` } },
});
const sheets = google.sheets({ version: "v4", auth: owner, rootUrl: EMULATOR_URL });
const drive = google.drive({ version: "v3", auth: owner, rootUrl: EMULATOR_URL });

// A folder with a spreadsheet of two tabs in it.
const folder = await drive.files.create({
  requestBody: { name: "Продажи", mimeType: "application/vnd.google-apps.folder" },
  fields: "id",
});
const made = await drive.files.create({
  requestBody: {
    name: "Ноябрь",
    mimeType: "application/vnd.google-apps.spreadsheet",
    parents: [folder.data.id],
    appProperties: { client: "alatau" },
  },
  fields: "id,name,parents",
});
const spreadsheetId = made.data.id;
assert.deepEqual(made.data.parents, [folder.data.id]);

const batch = await sheets.spreadsheets.batchUpdate({
  spreadsheetId,
  requestBody: {
    requests: [
      { updateSheetProperties: { properties: { sheetId: 0, title: "Сделки" }, fields: "title" } },
      { addSheet: { properties: { title: "a/b: ?", gridProperties: { rowCount: 10, columnCount: 3 } } } },
      {
        repeatCell: {
          range: { sheetId: 0, endRowIndex: 1 },
          cell: { userEnteredFormat: { textFormat: { bold: true } } },
          fields: "userEnteredFormat.textFormat.bold",
        },
      },
    ],
    includeSpreadsheetInResponse: true,
  },
});
const second = batch.data.replies[1].addSheet.properties.sheetId;
assert.equal(batch.data.updatedSpreadsheet.sheets.length, 2);

// Values in and out.
const written = await sheets.spreadsheets.values.update({
  spreadsheetId,
  range: "Сделки!A1:B3",
  valueInputOption: "USER_ENTERED",
  includeValuesInResponse: true,
  requestBody: { values: [["Код", "Сумма"], ["M01", "1250.5"], ["M02", "=B2*2"]] },
});
assert.equal(written.data.updatedCells, 6);
assert.equal(written.data.updatedData.values[2][1], "2501");
await sheets.spreadsheets.values.append({
  spreadsheetId,
  range: "'a/b: ?'!A1",
  valueInputOption: "RAW",
  insertDataOption: "INSERT_ROWS",
  requestBody: { values: [["=1+1", true]] },
});
const read = await sheets.spreadsheets.values.batchGet({
  spreadsheetId,
  ranges: ["Сделки!A:B", "'a/b: ?'!A1:B1"],
  valueRenderOption: "UNFORMATTED_VALUE",
});
assert.deepEqual(read.data.valueRanges.map((one) => one.values), [
  [["Код", "Сумма"], ["M01", 1250.5], ["M02", 2501]],
  [["=1+1", true]],
]);
const bold = await sheets.spreadsheets.get({
  spreadsheetId,
  ranges: ["Сделки!A1"],
  fields: "sheets(data(rowData(values(userEnteredFormat/textFormat/bold))))",
});
assert.equal(bold.data.sheets[0].data[0].rowData[0].values[0].userEnteredFormat.textFormat.bold, true);
await sheets.spreadsheets.sheets.copyTo({
  spreadsheetId,
  sheetId: second,
  requestBody: { destinationSpreadsheetId: spreadsheetId },
});
const cleared = await sheets.spreadsheets.values.clear({ spreadsheetId, range: "'a/b: ?'!A1:C3" });
assert.equal(cleared.data.clearedRange, "'a/b: ?'!A1:C3");

// Structure and looks: names, protection, validation, filters, tables, conditional formats, dimensions.
const box = (top, bottom, left, right) => ({
  sheetId: 0,
  startRowIndex: top,
  endRowIndex: bottom,
  startColumnIndex: left,
  endColumnIndex: right,
});
const condition = (type, ...values) => ({ type, values: values.map((one) => ({ userEnteredValue: one })) });
const shaped = await sheets.spreadsheets.batchUpdate({
  spreadsheetId,
  requestBody: {
    requests: [
      { addNamedRange: { namedRange: { name: "суммы", range: box(1, 3, 1, 2) } } },
      { addProtectedRange: { protectedRange: { range: box(0, 1, 0, 2), description: "Шапка" } } },
      {
        setDataValidation: {
          range: box(1, 3, 0, 1),
          rule: { condition: condition("ONE_OF_LIST", "M01", "M02"), strict: true, showCustomUi: true },
        },
      },
      {
        addConditionalFormatRule: {
          index: 0,
          rule: {
            ranges: [box(1, 3, 1, 2)],
            booleanRule: {
              condition: condition("NUMBER_GREATER", "2000"),
              format: { backgroundColor: { green: 1 } },
            },
          },
        },
      },
      {
        setBasicFilter: {
          filter: {
            range: box(0, 3, 0, 2),
            filterSpecs: [{ columnIndex: 1, filterCriteria: { condition: condition("NUMBER_LESS", "2000") } }],
          },
        },
      },
      { addTable: { table: { name: "План", range: box(5, 8, 0, 2) } } },
      { insertDimension: { range: { sheetId: 0, dimension: "COLUMNS", startIndex: 0, endIndex: 1 } } },
      { addChart: { chart: { spec: { title: "Сделки", pieChart: {} } } } },
    ],
  },
});
assert.equal(shaped.data.replies[5].addTable.table.columnProperties.length, 2);
const grid = await sheets.spreadsheets.get({ spreadsheetId, ranges: ["Сделки!A1:C3"], includeGridData: true });
const [tab] = grid.data.sheets;
assert.deepEqual(tab.data[0].rowMetadata.map((row) => row.hiddenByFilter ?? false), [false, false, true]);
assert.deepEqual(tab.data[0].rowData[2].values[2].effectiveFormat.backgroundColor, { green: 1 });
assert.equal(tab.protectedRanges[0].requestingUserCanEdit, true);
assert.equal(tab.charts[0].spec.title, "Сделки");
const names = await sheets.spreadsheets.values.get({ spreadsheetId, range: "суммы" });
assert.equal(names.data.range, "'Сделки'!C2:C3");
await sheets.spreadsheets.batchUpdate({
  spreadsheetId,
  requestBody: {
    requests: [
      { deleteTable: { tableId: shaped.data.replies[5].addTable.table.tableId } },
      { deleteDimension: { range: { sheetId: 0, dimension: "COLUMNS", startIndex: 0, endIndex: 1 } } },
      { createDeveloperMetadata: {
          developerMetadata: { metadataKey: "ключ", location: { sheetId: second }, visibility: "DOCUMENT" },
      } },
    ],
  },
});
const marked = { developerMetadataLookup: { metadataKey: "ключ" } };
const search = await sheets.spreadsheets.developerMetadata.search({
  spreadsheetId,
  requestBody: { dataFilters: [marked] },
});
const { metadataId } = search.data.matchedDeveloperMetadata[0].developerMetadata;
const metadata = await sheets.spreadsheets.developerMetadata.get({ spreadsheetId, metadataId });
assert.equal(metadata.data.location.locationType, "SHEET");
const filtered = await sheets.spreadsheets.getByDataFilter({ spreadsheetId, requestBody: { dataFilters: [marked] } });
assert.deepEqual(filtered.data.sheets.map((one) => one.properties.title), ["a/b: ?"]);
await sheets.spreadsheets.values.batchUpdateByDataFilter({
  spreadsheetId,
  requestBody: { valueInputOption: "RAW", data: [{ dataFilter: marked, values: [["да"]] }] },
});
const matched = await sheets.spreadsheets.values.batchGetByDataFilter({
  spreadsheetId,
  requestBody: { dataFilters: [marked] },
});
assert.deepEqual(matched.data.valueRanges[0].valueRange.values, [["да"]]);
await sheets.spreadsheets.values.batchClearByDataFilter({ spreadsheetId, requestBody: { dataFilters: [marked] } });
const emptied = await sheets.spreadsheets.values.batchClear({ spreadsheetId, requestBody: { ranges: ["'a/b: ?'"] } });
assert.deepEqual(emptied.data.clearedRanges, ["'a/b: ?'!A1:C10"]);

// Drive: search, export, upload, share.
const found = await drive.files.list({
  q: `'${folder.data.id}' in parents and appProperties has { key='client' and value='alatau' } and trashed=false`,
  fields: "files(id,name),nextPageToken",
});
assert.deepEqual(found.data.files, [{ id: spreadsheetId, name: "Ноябрь" }]);
const table = await drive.files.export({ fileId: spreadsheetId, mimeType: "text/csv" });
assert.equal(table.data, "Код,Сумма\r\nM01,1250.5\r\nM02,2501");
const note = {
  requestBody: { name: "Заметка.txt" },
  media: { mimeType: "text/plain", body: "строка" },
  fields: "id,size",
};
const uploaded = await drive.files.create(note, { rootUrl: EMULATOR_URL }); // the client forgets it for uploads
assert.equal(uploaded.data.size, "12");
const back = await drive.files.get({ fileId: uploaded.data.id, alt: "media" }, { responseType: "text" });
assert.equal(back.data, "строка");
await drive.permissions.create({
  fileId: spreadsheetId,
  sendNotificationEmail: false,
  requestBody: { type: "user", role: "reader", emailAddress: robotAddress },
});

// A service account that signs its tokens itself: it reads what is shared and changes nothing.
const robot = new google.auth.GoogleAuth({
  keyFile: ROBOT_KEY,
  scopes: "https://www.googleapis.com/auth/spreadsheets",
});
robot.useJWTAccessWithScope = true;
const theirs = google.sheets({ version: "v4", auth: robot, rootUrl: EMULATOR_URL });
const seen = await theirs.spreadsheets.get({ spreadsheetId, fields: "properties.title" });
assert.equal(seen.data.properties.title, "Ноябрь");
await assert.rejects(
  theirs.spreadsheets.values.update({
    spreadsheetId,
    range: "Сделки!A1",
    valueInputOption: "RAW",
    requestBody: { values: [["x"]] },
  }),
  { status: 403, message: "The caller does not have permission" },
);

// Google's refusals come through as the client gives them.
await assert.rejects(sheets.spreadsheets.get({ spreadsheetId: "nothing" }), { status: 404 });
await assert.rejects(sheets.spreadsheets.values.get({ spreadsheetId, range: "Нет!A1" }), {
  status: 400,
  message: "Unable to parse range: Нет!A1",
});
await drive.files.delete({ fileId: spreadsheetId });
await assert.rejects(drive.files.get({ fileId: spreadsheetId }), { status: 404 });
console.log("done");
