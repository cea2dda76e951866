// Charts hang on their cells; rows may be taller than they were set, or not loaded yet. Where a filter view
// sorts rows, a chart stays at its place.

const place = (row) => Number(row.dataset.place || row.dataset.row);

export function hangCharts(charts, grid) {
  for (const chart of charts.children) {
    const row = Number(chart.dataset.row);
    const columns = [...grid.querySelectorAll("col[data-index]")].findIndex((col) => Number(col.dataset.index) >= Number(chart.dataset.index));
    const head = grid.tHead.rows[0].cells[columns < 0 ? grid.tHead.rows[0].cells.length - 1 : columns + 1];
    const before = [...grid.querySelectorAll("tr[data-row]")].filter((one) => place(one) <= row).pop();
    const stands = before && place(before) === row;
    const top = !before ? grid.tHead.offsetHeight : stands ? before.offsetTop : before.offsetTop + before.offsetHeight + 21 * (row - 1 - place(before));
    chart.classList.toggle("beside", head.classList.contains("side"));
    chart.classList.toggle("above", Boolean(stands && before.classList.contains("frozen")));
    chart.style.left = `${head.offsetLeft + Number(chart.dataset.right)}px`;
    chart.style.top = `${top + Number(chart.dataset.down)}px`;
  }
}
