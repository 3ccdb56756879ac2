// Rows of a table are added and taken away without asking the server for a new form.

import { changed, copyRow, element, freshKey, icon, once } from "./page.js";

// Adds a row under `key` at the end; drafts.js calls it to build the rows that it fills.
export function addRow(container, key = freshKey(container)) {
  const template = container.querySelector("template[data-blank]");
  if (!template) return null;
  const row = copyRow(template, key);
  container.querySelector("tbody, .log-rows").append(row);
  // As after a swap: htmx wires the attributes and reports the row, which main.js then starts.
  if (window.htmx) window.htmx.process(row);
  container.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: row } }));
  return row;
}

export const firstInput = (row) =>
  row?.querySelector('input:not([type="hidden"]), select, textarea');

function removable(container, row, undo) {
  const label = row.querySelector("[data-remove]");
  const box = label?.querySelector("input");
  if (!box) return;
  const button = element("button", {
    class: "icon-button",
    type: "button",
    "aria-label": `${container.dataset.removeText} ${label.textContent.trim()}`,
  });
  button.append(icon(container.dataset.icons, "trash"));
  label.hidden = true;
  label.after(button);
  button.addEventListener("click", () => {
    box.checked = true;
    row.toggleAttribute("data-removed", true);
    undo.show(row, box);
    changed(box);
  });
  if (box.checked) {
    row.toggleAttribute("data-removed", true);
    undo.show(row, box);
  }
}

// Taking a row away is undone in the order it was done, so a slip costs nothing.
function undoing(container) {
  const button = container.querySelector("[data-undo]");
  const removed = [];
  button.addEventListener("click", () => {
    const [row, box] = removed.pop();
    box.checked = false;
    row.removeAttribute("data-removed");
    button.hidden = removed.length === 0;
    firstInput(row)?.focus();
    changed(box);
  });
  return {
    show(row, box) {
      removed.push([row, box]);
      button.hidden = false;
      if (document.hasFocus() && row.contains(document.activeElement)) button.focus();
    },
  };
}

function build(container) {
  const undo = undoing(container);
  const wire = (row) => removable(container, row, undo);
  container.querySelectorAll("tbody [data-row]").forEach(wire);
  container.addEventListener("htmx:load", (event) => {
    if (event.detail.elt.matches?.("[data-row]")) wire(event.detail.elt);
  });
  if (!container.querySelector("template[data-blank]")) return;
  container.querySelector("[data-add]").addEventListener("click", (event) => {
    event.preventDefault();
    firstInput(addRow(container))?.focus();
  });
}

export const enhance = (root) => once(root, "[data-rows]", build);
