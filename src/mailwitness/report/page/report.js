"use strict";
(() => {
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const numeric = /\bk-(int|bytes)\b/;

  const sort = (header, index) => {
    const table = header.closest("table");
    const down = header.getAttribute("aria-sort") === "ascending";
    const sign = down ? -1 : 1;
    const isNumber = numeric.test(header.className);
    const rows = [...table.tBodies[0].rows].map((row) => [row.cells[index].dataset.v ?? row.cells[index].textContent, row]);
    rows.sort(([a], [b]) => {
      if (a === "" || b === "") return (a === "") - (b === "");
      return sign * (isNumber ? Number(a) - Number(b) : compare(a, b));
    });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };

  for (const table of document.querySelectorAll("table.data")) {
    if (table.tBodies[0].rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((header, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.addEventListener("click", () => sort(header, index));
      header.replaceChildren(button);
    });
  }

  const box = document.getElementById("filter");
  const count = box.parentElement.querySelector("output");
  const rows = [...document.querySelectorAll("table.data:not(.refs) tbody tr, details.finding")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let kept = 0;
    rows.forEach((row, i) => {
      const match = words.every((word) => texts[i].includes(word));
      row.hidden = !match;
      kept += match;
    });
    count.textContent = words.length ? `${kept} of ${rows.length} rows` : "";
  };
  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  box.parentElement.hidden = false;

  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) {
      details.open = true;
      details.dataset.closed = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const details of document.querySelectorAll("details[data-closed]")) details.open = false;
  });
})();
