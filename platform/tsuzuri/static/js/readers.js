// Who will read is asked anew when something changes that decides it.

import { once } from "./page.js";

const PAUSE_MS = 400;

function build(place) {
  const names = place.dataset.readers.split(" ").filter(Boolean);
  const concerns = (name = "") => names.some((one) => name === one || name.startsWith(`${one}.`));
  const details = () => place.querySelector("[data-readers-details]");
  let timer = 0;
  let open = false;

  place.closest("form").addEventListener("change", (event) => {
    if (!concerns(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => place.dispatchEvent(new CustomEvent("tsuzuri:readers")), PAUSE_MS);
  });
  // Only what the rules ask is sent, not what somebody is writing.
  place.addEventListener("htmx:configRequest", (event) => {
    const { parameters } = event.detail;
    for (const name of Object.keys(parameters)) if (!concerns(name)) delete parameters[name];
  });
  place.addEventListener("htmx:beforeSwap", () => (open = details()?.open ?? open));
  place.addEventListener("htmx:afterSwap", () => {
    if (details()) details().open = open;
  });
}

export const enhance = (root) => once(root, "[data-readers]", build);
