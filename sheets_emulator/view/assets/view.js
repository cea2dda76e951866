"use strict";
// The spreadsheet page: moving about, editing, windows of rows on demand, live refresh. No library.

const app = document.getElementById("app");
const account = document.getElementById("account");
if (account) account.addEventListener("change", () => account.form.submit());
for (const time of document.querySelectorAll("time")) {
  time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
}
const AHEAD = 1500; // pixels beyond the window within which rows are kept loaded
if (app) start();

function start() {
  const grid = document.getElementById("grid");
  const scroll = document.getElementById("scroll");
  const entry = document.getElementById("entry");
  const place = document.getElementById("place");
  const state = document.getElementById("state");
  const problem = document.getElementById("problem");
  const about = document.getElementById("about");
  const base = `/spreadsheets/d/${app.dataset.file}`;
  const sheet = new CSSStyleSheet();
  const known = new Set();
  document.adoptedStyleSheets = [sheet];
  let here = null; // the selected cell, as "B12"
  let editor = null;
  let version = app.dataset.version;

  const name = (td) => td.dataset.col + td.parentElement.dataset.row;
  const cell = (at) => {
    const [, col, row] = /^([A-Z]+)(\d+)$/.exec(at);
    return grid.querySelector(`tr[data-row="${row}"] td[data-col="${col}"]`);
  };
  const contents = (td) => (td.dataset.entry ?? td.textContent).replace(/\r\n?/g, "\n");
  const say = (text) => { state.textContent = text; };
  const complain = (text) => { problem.textContent = text; problem.hidden = !text; };

  // ---- frozen rows stand below each other under the head
  function freeze() {
    let top = grid.tHead.offsetHeight;
    const rows = grid.querySelectorAll("tr.frozen");
    rows.forEach((row, index) => {
      for (const one of row.children) one.style.top = `${top}px`;
      top += row.offsetHeight;
      row.classList.toggle("lastfrozen", index === rows.length - 1);
    });
  }

  // ---- charts hang on their cells; rows may be taller than they were set, or not loaded yet
  const charts = document.getElementById("charts");
  function hang() {
    for (const chart of charts.children) {
      const row = Number(chart.dataset.row);
      const columns = [...grid.querySelectorAll("col[data-index]")].findIndex((col) => Number(col.dataset.index) >= Number(chart.dataset.index));
      const head = grid.tHead.rows[0].cells[columns < 0 ? grid.tHead.rows[0].cells.length - 1 : columns + 1];
      const before = [...grid.querySelectorAll("tr[data-row]")].filter((one) => Number(one.dataset.row) <= row).pop();
      const found = before && before.dataset.row === chart.dataset.row;
      const top = !before ? grid.tHead.offsetHeight : found ? before.offsetTop : before.offsetTop + before.offsetHeight + 21 * (row - 1 - before.dataset.row);
      chart.classList.toggle("beside", head.classList.contains("side"));
      chart.classList.toggle("above", Boolean(found && before.classList.contains("frozen")));
      chart.style.left = `${head.offsetLeft + Number(chart.dataset.right)}px`;
      chart.style.top = `${top + Number(chart.dataset.down)}px`;
    }
  }

  // ---- the selected cell
  function select(td, focus = true) {
    if (!td) return;
    const typing = here === name(td) && document.activeElement === entry; // a refresh must not take it away
    if (here) { const old = cell(here); if (old) { old.classList.remove("here"); old.removeAttribute("tabindex"); old.removeAttribute("aria-selected"); } }
    here = name(td);
    td.classList.add("here");
    td.setAttribute("aria-selected", "true");
    td.tabIndex = 0;
    if (focus) td.focus({ preventScroll: true });
    reveal(td);
    if (problem.textContent === app.dataset.locked) complain("");
    place.textContent = here;
    if (!typing) entry.value = contents(td);
    entry.readOnly = td.classList.contains("locked");
    say(entry.readOnly ? app.dataset.short : "");
    about.textContent = td.dataset.note ? `${app.dataset.note} ${here}\n${td.dataset.note}` : "";
    about.hidden = !td.dataset.note || !focus;
  }
  function reveal(td) {
    const box = td.getBoundingClientRect();
    const view = scroll.getBoundingClientRect();
    const frozenRow = td.parentElement.classList.contains("frozen");
    const lastFrozen = grid.querySelector("tr.lastfrozen th") || grid.tHead;
    const top = frozenRow ? view.top : lastFrozen.getBoundingClientRect().bottom;
    const sticky = td.classList.contains("side");
    const columns = [...grid.tHead.rows[0].cells].filter((th) => th.classList.contains("side")).pop();
    const left = sticky ? view.left : (columns || grid.tHead.rows[0].cells[0]).getBoundingClientRect().right;
    if (box.top < top) scroll.scrollTop -= top - box.top;
    else if (box.bottom > view.top + scroll.clientHeight) scroll.scrollTop += box.bottom - view.top - scroll.clientHeight;
    if (box.left < left) scroll.scrollLeft -= left - box.left;
    else if (box.right > view.left + scroll.clientWidth) scroll.scrollLeft += box.right - view.left - scroll.clientWidth;
  }
  function step(down, right) {
    const td = cell(here);
    if (!td) return;
    const heads = [...grid.tHead.rows[0].cells].map((th) => th.textContent);
    let column = heads.indexOf(td.dataset.col);
    let row = td.parentElement;
    for (let tries = 0; tries < 2000; tries += 1) {
      if (down) row = neighbour(row, down);
      column += right ? Math.sign(right) : 0;
      if (!row || column < 1 || column >= heads.length) return;
      const next = row.querySelector(`td[data-col="${heads[column]}"]`);
      if (next) { select(next); return; }
      if (row.parentElement.classList.contains("todo")) { load(row.parentElement).then(() => step(down, right)); return; }
    }
  }
  function leap(key, control) {
    const td = cell(here);
    if (!td) return;
    let row = td.parentElement;
    if (key === "PageDown" || key === "PageUp") {
      for (let count = Math.max(1, Math.floor(scroll.clientHeight / 21) - 3); count > 0; count -= 1) {
        const next = neighbour(row, key === "PageDown" ? 1 : -1);
        if (!next || next.parentElement.classList.contains("todo")) break;
        row = next;
      }
      select(row.querySelector(`td[data-col="${td.dataset.col}"]`) || row.querySelector("td[data-col]"));
      return;
    }
    if (control && key === "Home") row = grid.querySelector("tbody tr[data-row]");
    const cells = row.querySelectorAll("td[data-col]");
    select(key === "Home" ? cells[0] : cells[cells.length - 1]);
  }
  function neighbour(row, down) {
    const way = down > 0 ? "nextElementSibling" : "previousElementSibling";
    if (row[way]) return row[way];
    const body = row.parentElement[way];
    if (!body || body.tagName !== "TBODY") return null;
    return down > 0 ? body.rows[0] : body.rows[body.rows.length - 1];
  }

  // ---- editing
  function edit(td, text) {
    if (editor || !td) return;
    select(td, false);
    if (td.classList.contains("locked")) { complain(app.dataset.locked); return; }
    const box = td.querySelector("input[type=checkbox]");
    if (box) { box.checked = !box.checked; save(td, box.checked ? "TRUE" : "FALSE"); return; }
    complain("");
    editor = td.dataset.options ? choice(td) : document.createElement("textarea");
    editor.className = "editor";
    editor.setAttribute("aria-label", here);
    if (!td.dataset.options) editor.value = text ?? contents(td);
    td.classList.add("editing");
    td.append(editor);
    editor.focus();
    if (text === undefined && editor.select) editor.select();
    editor.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") close(td, false);
      if (event.key === "Enter" && event.altKey && editor.setRangeText) {
        editor.setRangeText("\n", editor.selectionStart, editor.selectionEnd, "end");
      }
      if ((event.key === "Enter" && !event.altKey && !event.shiftKey) || event.key === "Tab") {
        event.preventDefault();
        close(td, true);
        if (event.key === "Tab") step(0, event.shiftKey ? -1 : 1);
        else if (!td.dataset.options) step(1, 0);
      }
    });
    editor.addEventListener("blur", () => close(td, true));
    if (td.dataset.options) editor.addEventListener("change", () => close(td, true));
  }
  function choice(td) {
    const list = document.createElement("select");
    const present = contents(td);
    const values = JSON.parse(td.dataset.options);
    for (const value of new Set(["", present, ...values])) {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = value;
      option.selected = value === present;
      list.append(option);
    }
    return list;
  }
  function close(td, keep) {
    if (!editor) return;
    const text = editor.value;
    const old = editor;
    editor = null;
    old.remove();
    td.classList.remove("editing");
    if (keep && text !== contents(td)) save(td, text);
    else td.focus({ preventScroll: true });
  }
  async function save(td, text) {
    if (td.dataset.percent !== undefined && /^[+\-−]?\d[\d\s.,]*$/.test(text)) text += "%";
    await send(td, [[text]]);
  }
  async function send(td, rows) {
    let told = app.dataset.failed;
    say(app.dataset.saving);
    complain("");
    const at = name(td);
    try {
      const answer = await fetch(`${base}/edit`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ gid: Number(app.dataset.gid), cell: at, rows }),
      });
      told = answer.ok ? app.dataset.saved : app.dataset.failed;
      if (!answer.ok) {
        complain(`${app.dataset.failed} (${at}): ${(await answer.json()).message}`);
      }
    } catch {
      say(app.dataset.failed);
      complain(app.dataset.offline);
      return;
    }
    await refresh();
    say(told);
  }

  // ---- the clipboard: a cell goes out, cells of a spreadsheet come in from here on down and right
  function table(text) {
    const rows = [[]];
    const fields = /("(?:[^"]|"")*"|[^\t\n]*)(\t|\n|$)/g;
    for (let found; (found = fields.exec(text)); ) {
      const quoted = /^"([^]*[\t\n"][^]*)"$/.exec(found[1]);
      rows[rows.length - 1].push(quoted ? quoted[1].replaceAll('""', '"') : found[1]);
      if (!found[2]) break;
      if (found[2] === "\n") rows.push([]);
    }
    if (rows.length > 1 && rows[rows.length - 1].join("") === "") rows.pop();
    return rows;
  }
  document.addEventListener("copy", (event) => {
    if (editor || !here || !grid.contains(document.activeElement)) return;
    const text = contents(cell(here));
    event.clipboardData.setData("text/plain", /[\t\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    event.preventDefault();
  });
  document.addEventListener("paste", (event) => {
    if (editor || !here || !grid.contains(document.activeElement)) return;
    event.preventDefault();
    const td = cell(here);
    const rows = table(event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n"));
    if (td.classList.contains("locked")) complain(app.dataset.locked);
    else if (rows.length === 1 && rows[0].length === 1) save(td, rows[0][0]);
    else send(td, rows);
  });

  // ---- windows of rows
  async function load(body) {
    const answer = await fetch(`${base}/rows?gid=${app.dataset.gid}&start=${body.dataset.start}`);
    if (!answer.ok) { location.reload(); return; }
    const data = await answer.json();
    if (data.shape !== app.dataset.shape && !editor) { location.reload(); return; }
    if (editor && body.contains(editor)) return;
    for (const rule of data.rules) if (!known.has(rule)) { known.add(rule); sheet.insertRule(rule); }
    const focused = body.contains(document.activeElement);
    body.innerHTML = data.html;
    body.classList.remove("todo");
    body.style.removeProperty("height");
    freeze();
    if (data.charts !== undefined) charts.innerHTML = data.charts;
    hang();
    const td = here && cell(here);
    if (td && body.contains(td)) select(td, focused);
  }
  const watcher = new IntersectionObserver((seen) => {
    for (const one of seen) {
      if (one.isIntersecting && one.target.classList.contains("todo") && !one.target.dataset.asked) {
        one.target.dataset.asked = "1";
        load(one.target);
      }
    }
  }, { root: scroll, rootMargin: `${AHEAD}px` });
  for (const body of grid.tBodies) {
    if (body.classList.contains("todo")) {
      body.rows[0].style.height = `${21 * (body.dataset.end - body.dataset.start)}px`;
    }
    watcher.observe(body);
  }

  // ---- live: a flow or another person writes, the page follows
  async function refresh() {
    const view = scroll.getBoundingClientRect();
    const near = [];
    for (const body of grid.tBodies) {
      const box = body.getBoundingClientRect();
      if (body.dataset.start === "0" || (box.bottom > view.top - AHEAD && box.top < view.bottom + AHEAD)) {
        near.push(body);
      } else { // loaded anew when it comes near
        body.classList.add("todo");
        delete body.dataset.asked;
      }
    }
    await Promise.all(near.map(load));
  }
  async function poll() {
    try {
      const answer = await fetch(`${base}/version`);
      if (answer.ok) {
        const now = (await answer.json()).version;
        if (now !== version && !editor) { version = now; await refresh(); }
        if (problem.textContent === app.dataset.offline) complain("");
      } else if (answer.status === 403 || answer.status === 404) {
        location.reload();
      }
    } catch {
      complain(app.dataset.offline);
    }
    setTimeout(poll, 2000);
  }

  // ---- hands
  grid.addEventListener("click", (event) => {
    const td = event.target.closest("td[data-col]");
    if (!td || event.target.classList.contains("editor")) return;
    if (event.target.type === "checkbox") {
      select(td, false);
      save(td, event.target.checked ? "TRUE" : "FALSE");
      return;
    }
    if (event.pointerType === "touch" && name(td) === here) { edit(td); return; } // a second tap edits
    select(td);
  });
  grid.addEventListener("dblclick", (event) => {
    if (event.target.type !== "checkbox") edit(event.target.closest("td[data-col]"));
  });
  grid.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (editor || !here) return;
    if (moves[event.key]) { event.preventDefault(); step(...moves[event.key]); return; }
    if (["Home", "End", "PageUp", "PageDown"].includes(event.key)) { event.preventDefault(); leap(event.key, event.ctrlKey || event.metaKey); return; }
    if (event.key === "Enter" || event.key === "F2") { event.preventDefault(); edit(cell(here)); return; }
    if (event.key === "Tab") { event.preventDefault(); step(0, event.shiftKey ? -1 : 1); return; }
    if (event.key === "Delete" || event.key === "Backspace") {
      const td = cell(here);
      if (td.classList.contains("locked")) complain(app.dataset.locked);
      else if (contents(td) !== "") save(td, "");
      return;
    }
    if (event.key === " " && cell(here).querySelector("input[type=checkbox]")) { event.preventDefault(); edit(cell(here)); return; }
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      edit(cell(here), event.key);
    }
  });
  entry.addEventListener("keydown", (event) => {
    const td = here && cell(here);
    if (!td) return;
    if (event.key === "Enter" && !event.altKey && !event.shiftKey && !entry.readOnly) { event.preventDefault(); save(td, entry.value); step(1, 0); }
    if (event.key === "Escape") { entry.value = contents(td); td.focus(); }
  });

  freeze();
  hang();
  document.querySelector(".tabs [aria-current]").scrollIntoView({ block: "nearest", inline: "nearest" });
  select(grid.querySelector("tbody td[data-col]"), false);
  setTimeout(poll, 2000);
}
