// The buttons 今日 and 今: the moment of pressing, as the office writes it.

import { changed, clock, once } from "./page.js";

function day(at) {
  const [month, date] = [at.getMonth() + 1, at.getDate()].map((n) => String(n).padStart(2, "0"));
  return `${at.getFullYear()}/${month}/${date}`;
}

function build(button) {
  const input = document.getElementById(button.dataset.nowFor);
  if (!input) return;
  button.addEventListener("click", () => {
    const at = new Date();
    const texts = { date: day(at), time: clock(at), datetime: `${day(at)} ${clock(at)}` };
    input.value = texts[button.dataset.kind] ?? "";
    changed(input);
  });
}

export const enhance = (root) => once(root, "[data-now-for]", build);
