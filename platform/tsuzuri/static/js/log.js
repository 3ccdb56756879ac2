// Timed notes during a call: the first character takes the time, Enter goes on to the next line.

import { changed, clock, composing, once } from "./page.js";
import { addRow } from "./rows.js";

const part = (row, name) => row.querySelector(`[data-part="${name}"]`);

function stamp(row) {
  const at = part(row, "at");
  if (at && at.value === "") at.value = clock();
}

function next(container, row) {
  const rows = [...container.querySelectorAll("[data-row]")];
  return rows[rows.indexOf(row) + 1] ?? addRow(container);
}

function build(container) {
  container.addEventListener("input", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && event.target.dataset.part !== "at" && event.target.value !== "") stamp(row);
  });

  container.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-row]");
    if (event.key !== "Enter" || !row || event.target.tagName !== "INPUT" || composing(event)) return;
    event.preventDefault(); // Enter in a form would send it
    if (event.target.dataset.part !== "text") {
      part(row, "text").focus();
    } else if (event.target.value.trim() !== "") {
      stamp(row);
      part(next(container, row), "text").focus();
    }
    changed(event.target);
  });

  container.addEventListener("click", (event) => {
    if (event.target.closest("[data-add]")) {
      event.preventDefault();
      part(addRow(container), "text").focus();
    }
    const removed = event.target.closest("[data-remove-row]")?.closest("[data-row]");
    if (!removed) return;
    const inputs = removed.querySelectorAll("input");
    inputs.forEach((input) => (input.value = ""));
    changed(inputs[0]);
    part(next(container, removed), "text").focus();
    // The emptied row stays away from the eye; the server ignores rows without text.
    removed.hidden = true;
  });
}

export const enhance = (root) => once(root, "[data-log]", build);
