// Menus are disclosures that open by themselves; this closes them as menus do.

import { once } from "./page.js";

function build(menu) {
  const close = (focus) => {
    if (!menu.open) return;
    menu.open = false;
    if (focus) menu.querySelector("summary").focus();
  };
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(true);
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) close(false);
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) close(false);
  });
}

export const enhance = (root) => once(root, "details.menu", build);
