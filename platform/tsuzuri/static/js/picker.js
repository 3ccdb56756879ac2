// Many agencies or people: what is chosen stands on top and can be taken away there.

import { changed, element, fill, icon, once } from "./page.js";

// Kana and width do not matter when somebody looks for a name.
const folded = (text) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60));

function build(picker) {
  const boxes = [...picker.querySelectorAll('input[type="checkbox"]')];
  const chips = picker.querySelector("[data-chips]");
  const count = picker.querySelector("[data-count-text]");
  const filter = picker.querySelector("[data-filter]");
  const most = Number(picker.dataset.max ?? Infinity);
  const name = (box) => box.closest("label").textContent.trim();

  function chip(box) {
    const made = element("button", {
      type: "button",
      class: "chip chip--blue picker__chip",
      "aria-label": fill(picker.dataset.removeText, { name: name(box) }),
    });
    made.append(name(box), icon(picker.dataset.icons, "close"));
    made.addEventListener("click", () => {
      box.checked = false;
      changed(box);
      (chips.querySelector("button") ?? picker.querySelector("summary")).focus();
    });
    return made;
  }

  function show() {
    const chosen = boxes.filter((box) => box.checked);
    chips.replaceChildren(...chosen.map(chip));
    count.textContent = fill(count.dataset.countText, { n: chosen.length });
    for (const box of boxes) box.disabled = !box.checked && chosen.length >= most;
  }

  function narrow() {
    const wanted = folded(filter.value.trim());
    for (const box of boxes) box.closest("label").hidden = !folded(name(box)).includes(wanted);
    for (const group of picker.querySelectorAll(".picker__group")) {
      group.hidden = !group.querySelector("label:not([hidden])");
    }
  }

  picker.addEventListener("change", (event) => {
    if (boxes.includes(event.target)) show();
  });
  filter.addEventListener("input", (event) => {
    event.stopPropagation(); // a filter is no part of what is written
    narrow();
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  show();
}

export const enhance = (root) => once(root, "[data-picker]", build);
