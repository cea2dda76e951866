// What is to be said about a cell, beside it: to its right where there is room, else below or above it.

const GAP = 6;

/** Gives `say(td, text, isWarning)` and `hush()`; the words scroll along with the cells. */
export function speaker(box, scroll) {
  function say(td, text, isWarning) {
    box.textContent = text;
    box.classList.toggle("warning", isWarning);
    box.hidden = false;
    const cell = td.getBoundingClientRect();
    const view = scroll.getBoundingClientRect();
    const own = box.getBoundingClientRect();
    const right = view.left + scroll.clientWidth;
    const bottom = view.top + scroll.clientHeight;
    let left = cell.right + GAP;
    let top = cell.top;
    if (left + own.width > right) {
      left = Math.max(view.left + GAP, Math.min(cell.left, right - own.width - GAP));
      top = cell.bottom + GAP;
    }
    if (top + own.height > bottom) top = cell.top - own.height - GAP;
    box.style.left = `${left - view.left + scroll.scrollLeft}px`;
    box.style.top = `${top - view.top + scroll.scrollTop}px`;
  }
  return { say, hush: () => { box.hidden = true; } };
}
