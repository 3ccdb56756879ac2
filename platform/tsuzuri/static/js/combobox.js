// A text that is completed from what a list offers: the combobox pattern of WAI-ARIA.

import { composing } from "./page.js";

// `choose` is called with the option; the answer is what the caller may open, close and reset.
export function combobox(input, list, choose) {
  let active = null;

  const options = () => [...list.querySelectorAll("[data-value]")];
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    "aria-expanded": "false",
  })) {
    input.setAttribute(name, value);
  }

  function mark(option) {
    active?.setAttribute("aria-selected", "false");
    active = option ?? null;
    active?.setAttribute("aria-selected", "true");
    active?.scrollIntoView({ block: "nearest" });
    if (active) input.setAttribute("aria-activedescendant", active.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function open(yes) {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    if (!yes) mark(null);
  }

  function take(option) {
    open(false);
    choose(option);
  }

  list.addEventListener("htmx:afterSwap", () => {
    active = null;
    open(document.activeElement === input && list.childElementCount > 0);
  });
  // Before the click the input loses focus and the list would be gone.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[data-value]");
    if (option) take(option);
  });
  input.addEventListener("blur", () => open(false));

  input.addEventListener("keydown", (event) => {
    if (composing(event)) return;
    const all = options();
    const at = all.indexOf(active);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (all.length === 0) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      open(true);
      mark(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
    } else if (event.key === "Enter") {
      // Sending a form of many fields by a stray Enter would surprise.
      event.preventDefault();
      if (!list.hidden && active) take(active);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      open(false);
    } else if (event.key === "Tab" && active) {
      take(active);
    }
  });
}
