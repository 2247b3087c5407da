"use strict";
// Narrows the list of all pages to those that hold every word. Kana and width of letters do not matter.

function plain(text) {
  return text.normalize("NFKC").toLowerCase().replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60));
}

const field = document.getElementById("words");
const status = document.getElementById("found");
const entries = [...document.querySelectorAll("#entries > li")].map((item) => [item, plain(`${item.dataset.words} ${item.textContent}`)]);

function narrow() {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const [item, text] of entries) {
    item.hidden = !words.every((word) => text.includes(word));
    count += item.hidden ? 0 : 1;
  }
  status.textContent = words.length ? `${count}件` : "";
}

field.addEventListener("input", narrow);
