"use strict";
// Draws a return as it was sent: what all returns have in common stands in form.js, the rest in the return's own file.

let common = [];

function place(address) {
  const [, letters, row] = address.match(/^([A-Z]+)(\d+)$/);
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  return [Number(row), column];
}

function letters(column) {
  return column > 26 ? letters(Math.floor((column - 1) / 26)) + letters(((column - 1) % 26) + 1) : String.fromCharCode(64 + column);
}

function element(name, text, parent) {
  const made = document.createElement(name);
  made.textContent = text;
  parent.append(made);
  return made;
}

function drawSheet(name, cells, parent) {
  element("h2", name, parent);
  const scroll = element("div", "", parent);
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", name);
  const placed = cells.map((cell) => [...place(cell.address), cell]);
  const rows = [...new Set(placed.map(([row]) => row))].sort((one, other) => one - other);
  const last = Math.max(...placed.map(([, column]) => column));
  const table = element("table", "", scroll);
  table.className = "sheet";
  const head = table.createTHead().insertRow();
  element("td", "", head);
  for (let column = 1; column <= last; column += 1) element("th", letters(column), head);
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    element("th", String(row), line);
    const own = new Map(placed.filter(([at]) => at === row).map(([, column, cell]) => [column, cell]));
    for (let column = 1; column <= last; column += 1) {
      const cell = own.get(column);
      const shown = line.insertCell();
      if (!cell) continue;
      const start = column;
      while (!cell.declared && column < last && !own.has(column + 1)) column += 1;
      shown.colSpan = column - start + 1;
      shown.textContent = cell.corrected === null ? cell.text : `${cell.text}\n（訂正：${cell.corrected || "空欄"}）`;
      shown.id = `${name}!${cell.address}`;
      shown.title = `${name} ${cell.address}`;
      if (cell.declared) shown.className = "declared";
    }
  }
}

function showTarget() {
  for (const before of document.querySelectorAll(".here")) before.classList.remove("here");
  const cell = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!cell) return;
  cell.classList.add("here");
  cell.scrollIntoView({ block: "center", inline: "center" });
}

window.kyogikaiForm = (cells) => {
  common = cells;
};

window.kyogikaiReturn = (cells, without) => {
  const gone = new Set(without);
  const all = [...common.filter((_, number) => !gone.has(number)), ...cells].map(([sheet, address, text, declared, corrected]) => (
    { sheet, address, text, declared: declared === 1, corrected: corrected ?? null }
  ));
  const sheets = document.getElementById("sheets");
  sheets.replaceChildren();
  for (const name of [...new Set(all.map((cell) => cell.sheet))].sort()) drawSheet(name, all.filter((cell) => cell.sheet === name), sheets);
  showTarget();
};

window.addEventListener("hashchange", showTarget);
