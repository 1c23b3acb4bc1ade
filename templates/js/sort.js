/* A click on a column's head sorts its table; the next click turns it round. Without scripts the tables just stand. */
"use strict";
(() => {
  const figure = (text) => {
    const digits = text.replace(/[−–]/g, "-").replace(/[$,%×±+]/g, "").trim();
    const first = /^-?\d+(\.\d+)?(?![\d-])/.exec(digits);
    return first ? Number(first[0]) : null;
  };
  const key = (row, column) => (row.cells[column] ? row.cells[column].innerText.trim() : "");
  const compare = (one, other) => {
    const [left, right] = [figure(one), figure(other)];
    if (left !== null && right !== null) return left - right;
    if (left !== null || right !== null) return left === null ? 1 : -1;
    return one.localeCompare(other);
  };
  const sort = (table, column, head) => {
    const body = table.tBodies[0];
    const turn = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const rows = [...body.rows].map((row) => [key(row, column), row]);
    rows.sort(([one], [other]) => {
      if (one.startsWith("—") !== other.startsWith("—")) return one.startsWith("—") ? 1 : -1;
      return turn * compare(one, other);
    });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", turn === 1 ? "ascending" : "descending");
    body.append(...rows.map(([, row]) => row));
  };
  for (const table of document.querySelectorAll("table")) {
    const isPlain = table.tHead && table.tHead.rows.length === 1 && table.tBodies.length === 1;
    if (!isPlain || table.tBodies[0].rows.length < 3 || table.querySelector("[rowspan], tbody [colspan]")) continue;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...[...head.childNodes].filter((node) => node.nodeName !== "A"));
      head.prepend(button);
      button.addEventListener("click", () => sort(table, column, head));
    });
  }
})();
