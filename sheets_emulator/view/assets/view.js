// The spreadsheet page: selecting, editing, windows of rows on demand, live refresh. No library.

import { speaker } from "./beside.js";
import { table } from "./clipboard.js";
import { hangCharts } from "./hanging.js";
import { movement } from "./moving.js";

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
  const shownTab = `gid=${app.dataset.gid}${app.dataset.fv ? `&fv=${app.dataset.fv}` : ""}`;
  const sheet = new CSSStyleSheet();
  const known = new Set();
  document.adoptedStyleSheets = [sheet];
  let here = null; // the selected cell, as "B12"
  let editor = null;
  let saving = 0; // entries on their way
  let version = app.dataset.version;
  let released = Promise.resolve(); // once no button is pressed
  let free = null; // fulfils it while one is

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

  function widen() {
    const sides = [...grid.tHead.rows[0].cells].filter((th) => th.classList.contains("side"));
    const taken = sides.reduce((sum, th) => sum + th.offsetWidth, 0);
    scroll.classList.toggle("narrow", taken > scroll.clientWidth * 0.6);
  }
  addEventListener("resize", widen);

  const beside = speaker(document.getElementById("beside"), scroll);
  const charts = document.getElementById("charts");
  const hang = () => hangCharts(charts, grid);

  // ---- the selected cell
  function select(td, focus = true, redrawn = false) {
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
    if (!saving) say(entry.readOnly ? app.dataset.short : "");
    if (!redrawn) beside.hush();
    if (td.dataset.wrong) beside.say(td, `${app.dataset.check}: ${td.dataset.wrong}`, true);
    about.textContent = td.dataset.note ? `${app.dataset.note} ${here}\n${td.dataset.note}` : "";
    about.hidden = !td.dataset.note || !focus;
  }
  const moving = movement({
    grid, scroll, shownTab, cell, load, select,
    here: () => here,
    full: () => say(app.dataset.full),
    ask: async (path) => {
      try {
        const answer = await fetch(`${base}/${path}`);
        return answer.ok ? await answer.json() : null;
      } catch {
        complain(app.dataset.offline);
        return null;
      }
    },
  });
  const { step, reveal } = moving;

  // ---- editing
  function edit(td, text) {
    if (editor || !td) return;
    select(td, false);
    if (td.classList.contains("locked")) { complain(app.dataset.locked); return; }
    const box = td.querySelector("input[type=checkbox]");
    if (box) { box.checked = !box.checked; tick(td, box.checked); return; }
    complain("");
    beside.hush();
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
      if (event.key === "Escape") close(td, false, true);
      if (event.key === "Enter" && event.altKey && editor.setRangeText) {
        editor.setRangeText("\n", editor.selectionStart, editor.selectionEnd, "end");
      }
      if ((event.key === "Enter" && !event.altKey && !event.shiftKey) || event.key === "Tab") {
        event.preventDefault();
        close(td, true, true);
        if (event.key === "Tab") step(0, event.shiftKey ? -1 : 1);
        else if (!td.dataset.options) step(1, 0);
      }
    });
    editor.addEventListener("blur", () => close(td, true));
    if (td.dataset.options) editor.addEventListener("change", () => close(td, true, true));
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
  function close(td, keep, stay = false) {
    if (!editor) return;
    const text = editor.value;
    const old = editor;
    editor = null;
    old.remove();
    td.classList.remove("editing");
    if (stay) td.focus({ preventScroll: true }); // else the person went elsewhere, and stays there
    if (keep && text !== contents(td)) save(td, text);
  }
  function tick(td, isSet) {
    const [set, empty = ""] = td.dataset.ticks ? JSON.parse(td.dataset.ticks) : ["TRUE", "FALSE"];
    save(td, isSet ? set : empty);
  }
  async function save(td, text) {
    if (td.dataset.percent !== undefined && /^[+\-−]?\d[\d\s.,]*$/.test(text)) text += "%";
    await send(td, [[text]]);
  }
  async function send(td, rows) {
    let told = app.dataset.failed;
    let remark = null; // of the column's validation
    saving += 1;
    say(app.dataset.saving);
    complain("");
    const at = name(td);
    try {
      const answer = await fetch(`${base}/edit`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ gid: Number(app.dataset.gid), cell: at, rows }),
      });
      const data = await answer.json();
      told = answer.ok ? app.dataset.saved : app.dataset.failed;
      remark = (data.refused || data.warned || [])[0];
      if (!answer.ok && !remark) complain(`${app.dataset.failed} (${at}): ${data.message}`);
    } catch {
      saving -= 1;
      say(app.dataset.failed);
      complain(app.dataset.offline);
      return;
    }
    saving -= 1;
    await refresh();
    if (!saving) say(told);
    const about = remark && cell(remark.cell);
    if (!about) return;
    const refused = told === app.dataset.failed;
    if (refused && !editor) { select(about); say(told); } // back to where it is to be mended
    const typed = refused && rows.length === 1 && rows[0].length === 1 ? `«${rows[0][0]}»\n` : "";
    beside.say(about, `${typed}${refused ? app.dataset.failed : app.dataset.check}: ${remark.message}`, !refused);
  }

  // ---- the clipboard: a cell goes out, cells of a spreadsheet come in from here on down and right
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
    else if (rows.length > 1 && app.dataset.sorted) complain(app.dataset.sorted); // the next row is another one here
    else if (rows.length === 1 && rows[0].length === 1) save(td, rows[0][0]);
    else send(td, rows);
  });

  // ---- windows of rows
  async function load(body) {
    const answer = await fetch(`${base}/rows?${shownTab}&start=${body.dataset.start}`);
    if (!answer.ok) { location.reload(); return; }
    const data = await answer.json();
    do await released; while (free); // pressed again meanwhile
    if (data.shape !== app.dataset.shape && !editor) { location.reload(); return; }
    if (editor && body.contains(editor)) return;
    for (const rule of data.rules) if (!known.has(rule)) { known.add(rule); sheet.insertRule(rule); }
    const focused = body.contains(document.activeElement);
    body.innerHTML = data.html;
    body.classList.remove("todo");
    body.style.removeProperty("height");
    if (app.dataset.sorted) leaveOnce(body);
    freeze();
    if (data.charts !== undefined) charts.innerHTML = data.charts;
    hang();
    const td = here && cell(here);
    if (td && body.contains(td)) select(td, focused, true);
  }
  // A filter view may sort a row into another window, while that which it left still shows it.
  function leaveOnce(body) {
    for (const row of body.rows) {
      for (const twin of grid.querySelectorAll(`tr[data-row="${row.dataset.row}"]`)) if (twin.parentElement !== body) twin.remove();
    }
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
  // Rows are not drawn anew under a pressed button: the click would be lost, for its cell would be gone.
  addEventListener("pointerdown", (event) => {
    if (event.button === 0 && !free) released = new Promise((done) => { free = done; });
  }, true);
  function release() {
    const done = free;
    free = null;
    if (done) setTimeout(done); // the click comes first
  }
  for (const end of ["pointerup", "pointercancel", "dragend"]) addEventListener(end, release, true);
  addEventListener("blur", release); // the window's own
  addEventListener("pointermove", (event) => { if (!event.buttons) release(); }, true); // let go elsewhere
  grid.addEventListener("pointerdown", (event) => {
    const td = event.target.closest("td[data-col]");
    if (!td || event.pointerType === "touch" || event.button !== 0 || event.target.classList.contains("editor")) return;
    select(td);
  });
  grid.addEventListener("click", (event) => {
    const td = event.target.closest("td[data-col]");
    if (!td || event.target.classList.contains("editor")) return;
    if (event.target.type === "checkbox") {
      select(td, false);
      tick(td, event.target.checked);
      return;
    }
    if (event.pointerType !== "touch") return;
    if (name(td) === here) edit(td); // a second tap edits
    else select(td);
  });
  grid.addEventListener("dblclick", (event) => {
    if (event.target.type !== "checkbox") edit(event.target.closest("td[data-col]"));
  });
  grid.addEventListener("keydown", (event) => {
    if (editor || !here || moving.key(event)) return;
    if (event.key === "Enter" && event.altKey) { // as in Google's editor
      const link = cell(here).querySelector("a.link");
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
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
  let drafted = null; // the cell for which something stands half typed in the line above
  const keepDraft = () => {
    const td = drafted && cell(drafted);
    drafted = null;
    if (td && !td.classList.contains("locked") && entry.value !== contents(td)) save(td, entry.value);
  };
  entry.addEventListener("input", () => { drafted = here; });
  entry.addEventListener("blur", keepDraft);
  entry.addEventListener("keydown", (event) => {
    const td = here && cell(here);
    if (!td) return;
    if (event.key === "Enter" && !event.altKey && !event.shiftKey && !entry.readOnly) { event.preventDefault(); keepDraft(); step(1, 0); }
    if (event.key === "Escape") { drafted = null; entry.value = contents(td); td.focus(); }
  });

  // ---- an address as Google writes it, `…/edit#gid=7&range=B12`: the server never sees what is behind the #
  function follow() {
    const inside = /^#gid=\d{1,10}(&range=[A-Z]{1,3}\d{1,8}(:[A-Z]{1,3}\d{1,8})?)?$/.exec(location.hash);
    if (inside) location.replace(`?${location.hash.slice(1)}`);
  }

  // ---- the menu
  const menu = document.querySelector(".menu");
  addEventListener("pointerdown", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { menu.open = false; menu.firstElementChild.focus(); } });
  for (const link of menu.querySelectorAll("a[download]")) link.addEventListener("click", () => { menu.open = false; });
  document.getElementById("free").addEventListener("click", () => { menu.open = false; moving.free(); });

  widen();
  freeze();
  hang();
  document.querySelector(".tabs [aria-current]").scrollIntoView({ block: "nearest", inline: "nearest" });
  select(grid.querySelector("tbody td[data-col]"), false);
  const asked = /^[A-Z]{1,3}\d{1,8}/.exec(new URLSearchParams(location.search).get("range") || "");
  if (asked) moving.go(asked[0]); // a link led to this cell
  addEventListener("hashchange", follow);
  follow();
  setTimeout(poll, 2000);
  app.removeAttribute("aria-busy"); // clicks and keys are heard from here on
}
