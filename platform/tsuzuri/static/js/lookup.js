// A key that is typed or chosen from what fits.

import { combobox } from "./combobox.js";
import { once } from "./page.js";

function build(box) {
  const input = box.querySelector("input");
  const echo = document.getElementById(`${input.id}-echo`);

  combobox(input, box.querySelector('[role="listbox"]'), (option) => {
    input.value = option.dataset.value;
    if (echo) echo.textContent = option.textContent;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    box.dispatchEvent(new CustomEvent("tsuzuri:picked", { bubbles: true, detail: input.value }));
  });
  input.addEventListener("input", () => echo && (echo.textContent = ""));
}

export const enhance = (root) => once(root, "[data-lookup-box]", build);
