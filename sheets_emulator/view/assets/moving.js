// Moving about: into view, a step, a page, and the leaps whose end the server knows.

const ROW = 21; // pixels of a row that nobody made taller
const WAYS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };
const STEPS = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * `page` has the grid and the box it scrolls in, `cell(at)`, `here()`, `select(td)`, `load(body)` and `ask(path)`.
 * Gives `reveal(td)`, `step(down, right)`, `go(at, place)`, `free()` and `key(event)`, which tells whether a key was a move.
 */
export function movement(page) {
  const { grid, scroll } = page;

  function reveal(td) {
    const box = td.getBoundingClientRect();
    const view = scroll.getBoundingClientRect();
    const frozenRow = td.parentElement.classList.contains("frozen");
    const lastFrozen = grid.querySelector("tr.lastfrozen th") || grid.tHead;
    const top = frozenRow ? view.top : lastFrozen.getBoundingClientRect().bottom;
    const sticky = getComputedStyle(td).position === "sticky" && td.classList.contains("side");
    const columns = [...grid.tHead.rows[0].cells].filter((th) => th.classList.contains("side") && getComputedStyle(th).left !== "auto").pop();
    const left = sticky ? view.left : (columns || grid.tHead.rows[0].cells[0]).getBoundingClientRect().right;
    if (box.top < top) scroll.scrollTop -= top - box.top;
    else if (box.bottom > view.top + scroll.clientHeight) scroll.scrollTop += box.bottom - view.top - scroll.clientHeight;
    if (box.left < left) scroll.scrollLeft -= left - box.left;
    else if (box.right > view.left + scroll.clientWidth) scroll.scrollLeft += box.right - view.left - scroll.clientWidth;
  }

  function step(down, right) {
    const td = page.cell(page.here());
    if (!td) return;
    const heads = [...grid.tHead.rows[0].cells].map((th) => th.textContent);
    let column = heads.indexOf(td.dataset.col);
    let row = td.parentElement;
    for (let tries = 0; tries < 2000; tries += 1) {
      if (down) row = neighbour(row, down);
      column += right ? Math.sign(right) : 0;
      if (!row || column < 1 || column >= heads.length) return;
      const next = row.querySelector(`td[data-col="${heads[column]}"]`);
      if (next) { page.select(next); return; }
      if (row.parentElement.classList.contains("todo")) { page.load(row.parentElement).then(() => step(down, right)); return; }
    }
  }

  function neighbour(row, down) {
    const way = down > 0 ? "nextElementSibling" : "previousElementSibling";
    if (row[way]) return row[way];
    let body = row.parentElement[way];
    while (body && body.tagName === "TBODY" && !body.rows.length) body = body[way]; // all its rows are hidden
    if (!body || body.tagName !== "TBODY") return null;
    return down > 0 ? body.rows[0] : body.rows[body.rows.length - 1];
  }

  function along(key, control) {
    const td = page.cell(page.here());
    if (!td) return;
    let row = td.parentElement;
    if (key === "PageDown" || key === "PageUp") {
      for (let count = Math.max(1, Math.floor(scroll.clientHeight / ROW) - 3); count > 0; count -= 1) {
        const next = neighbour(row, key === "PageDown" ? 1 : -1);
        if (!next || next.parentElement.classList.contains("todo")) break;
        row = next;
      }
      page.select(row.querySelector(`td[data-col="${td.dataset.col}"]`) || row.querySelector("td[data-col]"));
      return;
    }
    if (control) { // to the beginning, also where frozen rows would need no scrolling
      scroll.scrollTo(0, 0);
      row = grid.querySelector("tbody tr[data-row]");
    }
    const cells = row.querySelectorAll("td[data-col]");
    page.select(key === "Home" ? cells[0] : cells[cells.length - 1]);
  }

  /** Selects a cell wherever its row is (`place`, from 1); rows that are not here yet are loaded first. */
  async function go(at, place = Number(/\d+$/.exec(at)[0])) {
    const body = [...grid.tBodies].find((one) => Number(one.dataset.start) < place && place <= Number(one.dataset.end));
    if (body && body.classList.contains("todo")) await page.load(body);
    page.select(page.cell(at));
  }

  async function leap(way) {
    const answer = await page.ask(`leap?${page.shownTab}&cell=${page.here()}&way=${way}`);
    if (answer && answer.cell) await go(answer.cell, answer.place);
    return Boolean(answer && answer.cell);
  }

  async function free() {
    if (!await leap("free")) page.full();
  }

  function key(event) {
    const control = event.ctrlKey || event.metaKey;
    if (event.altKey && event.key === "End") free();
    else if (control && WAYS[event.key] && !event.shiftKey && !event.altKey) leap(WAYS[event.key]);
    else if (control && event.key === "End") leap("end");
    else if (STEPS[event.key] && !event.altKey) step(...STEPS[event.key]);
    else if (["Home", "End", "PageUp", "PageDown"].includes(event.key)) along(event.key, control);
    else return false;
    event.preventDefault();
    return true;
  }

  return { reveal, step, go, free, key };
}
