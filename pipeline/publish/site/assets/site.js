"use strict";
// Tables that sort, parts that tell when they are wider than the screen, and charts that are drawn when they come into sight. The pages say all they say without this file.

const collator = new Intl.Collator("ja", { numeric: true });

function textOf(row, column) {
  return row.cells[column].textContent.trim();
}

function numberOf(text) {
  const found = text.replace(/,/g, "").match(/^-?\d+(\.\d+)?/);
  return found ? Number(found[0]) : null;
}

function compare(left, right) {
  const [one, other] = [numberOf(left), numberOf(right)];
  return one !== null && other !== null && one !== other ? one - other : collator.compare(left, right);
}

function sortBy(table, column, header) {
  const descending = header.getAttribute("aria-sort") === "ascending";
  const rows = [...table.tBodies[0].rows];
  rows.sort((left, right) => compare(textOf(left, column), textOf(right, column)) * (descending ? -1 : 1));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  table.tBodies[0].append(...rows);
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sortBy(table, column, header));
  });
}

// On a phone a row is a card, in which each value stands behind the head of its column; the roles keep it a table.
function markCells(table) {
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  if (heads.length > 2) table.classList.add("cards");
  table.setAttribute("role", "table");
  for (const row of table.tBodies[0].rows) {
    row.setAttribute("role", "row");
    [...row.cells].forEach((cell, column) => {
      cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
      if (column) cell.dataset.head = heads[column];
    });
  }
}

function loadDrawing() {
  const own = document.querySelector('script[src$="assets/site.js"]').getAttribute("src");
  const script = document.createElement("script");
  script.src = own.replace("site.js", "vega.js");
  const loaded = new Promise((resolve) => script.addEventListener("load", resolve));
  document.head.append(script);
  return loaded;
}

let drawing = null;

async function draw(place) {
  if (place.dataset.begun) return;
  place.dataset.begun = "true";
  drawing ??= loadDrawing();
  await drawing;
  const spec = window.kyogikaiCharts[place.id];
  const options = { ast: true, renderer: "svg", actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true } };
  await window.vegaEmbed(place, spec, options);
  place.dataset.drawn = "true";
}

function watchCharts() {
  const places = [...document.querySelectorAll(".chart > div")].filter((place) => window.kyogikaiCharts?.[place.id]);
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "200px" });
  for (const place of places) watcher.observe(place);
  // Who prints sees the charts below too: they are drawn when the browser has nothing else to do.
  const whenIdle = window.requestIdleCallback ?? ((task) => setTimeout(task, 1000));
  if (places.length) window.addEventListener("load", () => whenIdle(() => places.forEach((place) => draw(place))));
}

// Says of each part that is wider than the screen that there is more of it beside.
function markWide() {
  for (const part of document.querySelectorAll(".scroll")) part.classList.toggle("wide", part.scrollWidth > part.clientWidth + 1);
}

for (const table of document.querySelectorAll("main table:not(.sheet)")) if (table.tHead) markCells(table);
for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);
watchCharts();
markWide();
window.addEventListener("resize", markWide);
