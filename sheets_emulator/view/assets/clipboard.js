// What another spreadsheet puts on the clipboard: fields parted by tabs, quoted where they hold tabs or line ends.

/** The rows of texts. */
export function table(text) {
  const rows = [[]];
  const fields = /("(?:[^"]|"")*"|[^\t\n]*)(\t|\n|$)/g;
  for (let field; (field = fields.exec(text)); ) {
    const quoted = /^"([^]*[\t\n"][^]*)"$/.exec(field[1]);
    rows[rows.length - 1].push(quoted ? quoted[1].replaceAll('""', '"') : field[1]);
    if (!field[2]) break;
    if (field[2] === "\n") rows.push([]);
  }
  if (rows.length > 1 && rows[rows.length - 1].join("") === "") rows.pop();
  return rows;
}
