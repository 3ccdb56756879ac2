// To whom a comment is addressed: found by a button or by typing @, shown as chips.

import { combobox } from "./combobox.js";
import { changed, composing, element, fill, once } from "./page.js";

// Not after a letter or a digit: that is an address of mail.
const AT = /(?:^|[^A-Za-z0-9._%+-])[@＠]$/;

function build(place) {
  const form = place.closest("form");
  const chosen = place.querySelector("[data-to-chosen]");
  const find = place.querySelector("[data-to-find]");
  const input = find.querySelector("input");
  const opener = place.querySelector("[data-to-open]");
  const said = place.querySelector("[data-to-said]");
  const body = form.querySelector("textarea");
  let from = null; // where the @ stands that opened the search

  const box = (name) => [...place.querySelectorAll('input[name="to"]')].find((one) => one.value === name);

  function add(name, label) {
    const there = box(name);
    if (there) return void (there.checked = true);
    for (const note of chosen.querySelectorAll("p")) note.remove();
    const ticked = element("input", { type: "checkbox", name: "to", value: name });
    ticked.checked = true;
    chosen.append(element("label", { class: "chip chip--blue to__one" }, ticked, element("span", {}, label)));
    said.textContent = fill(said.dataset.added, { name: label });
    changed(ticked);
  }

  function open(yes) {
    find.hidden = !yes;
    opener.setAttribute("aria-expanded", String(yes));
    input.value = "";
    if (!yes) return;
    input.focus();
    input.dispatchEvent(new CustomEvent("tsuzuri:find"));
  }

  function back() {
    open(false);
    if (from === null) return opener.focus();
    body.focus();
    body.setSelectionRange(from, from);
    from = null;
  }

  combobox(input, find.querySelector('[role="listbox"]'), (option) => {
    add(option.dataset.value, option.dataset.label);
    if (from !== null) {
      body.setRangeText("", from - 1, from, "end");
      from -= 1;
      changed(body);
    }
    back();
  });
  opener.setAttribute("role", "button");
  opener.setAttribute("aria-expanded", "false");
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    if (find.hidden) open(true);
    else back();
  });
  opener.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    opener.click();
  });
  // The list closes first, then the search.
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !composing(event)) back();
  });
  input.addEventListener("input", (event) => event.stopPropagation());

  const typedAt = () => {
    const at = body.selectionStart;
    if (!AT.test(body.value.slice(0, at))) return;
    from = at;
    open(true);
  };
  body.addEventListener("input", (event) => {
    if (!event.isComposing && /[@＠]$/.test(event.data ?? "")) typedAt();
  });
  body.addEventListener("compositionend", (event) => {
    if (/[@＠]$/.test(event.data)) typedAt();
  });
  chosen.addEventListener("change", (event) => {
    if (event.target.checked) return;
    event.target.closest("label").remove();
    (chosen.querySelector("input") ?? opener).focus();
  });
  // A kept draft brings back who was chosen, by the labels that were kept with it.
  form.addEventListener("tsuzuri:kept", ({ detail }) => {
    for (const one of chosen.querySelectorAll("label")) {
      detail.push(["_to", JSON.stringify([one.querySelector("input").value, one.textContent.trim()])]);
    }
  });
  form.addEventListener("tsuzuri:restore", ({ detail }) => {
    for (const [name, value] of detail) if (name === "_to") add(...JSON.parse(value));
  });
}

export const enhance = (root) => once(root, "[data-to]", build);
