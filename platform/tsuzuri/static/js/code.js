// A secret on a page: copied with one press where it is shown; taken from the address where it is
// asked for.  What stands behind # in an address is never sent, so no server and no log has it.

import { once } from "./page.js";

function copying(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    button.lastChild.textContent = button.dataset.done;
  });
}

function taking(input) {
  const take = () => {
    if (!location.hash) return;
    input.value = location.hash.slice(1);
    history.replaceState(history.state, "", location.pathname);
  };
  addEventListener("hashchange", take);
  take();
}

export function enhance(root) {
  once(root, "[data-copy]", copying);
  once(root, "[data-from-address]", taking);
}
