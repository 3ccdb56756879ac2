// A key that is typed or chosen from what fits: the combobox pattern of WAI-ARIA.

import { composing, once } from "./page.js";

function build(box) {
  const input = box.querySelector("input");
  const list = box.querySelector('[role="listbox"]');
  const echo = document.getElementById(`${input.id}-echo`);
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

  function choose(option) {
    input.value = option.dataset.value;
    if (echo) echo.textContent = option.textContent;
    open(false);
    input.dispatchEvent(new Event("change", { bubbles: true }));
    box.dispatchEvent(new CustomEvent("tsuzuri:picked", { bubbles: true, detail: input.value }));
  }

  list.addEventListener("htmx:afterSwap", () => {
    active = null;
    open(document.activeElement === input && list.childElementCount > 0);
  });
  // Before the click the input loses focus and the list would be gone.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[data-value]");
    if (option) choose(option);
  });
  input.addEventListener("input", () => echo && (echo.textContent = ""));
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
      if (!list.hidden && active) choose(active);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      open(false);
    } else if (event.key === "Tab" && active) {
      choose(active);
    }
  });
}

export const enhance = (root) => once(root, "[data-lookup-box]", build);
