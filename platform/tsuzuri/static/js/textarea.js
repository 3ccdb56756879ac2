// Text areas grow with what is written; a limit is counted, never enforced by cutting.

import { fill, once } from "./page.js";

// Where CSS can do it (field-sizing), the height is left to CSS.
const byStyle = CSS.supports("field-sizing", "content");

function grow(area) {
  if (byStyle) return;
  const fit = () => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  area.addEventListener("input", fit);
  if (area.value) fit();
}

// Characters as the server counts them: code points, a line break is one.
const length = (text) => [...text.replaceAll("\r\n", "\n")].length;

function count(place) {
  const area = place.parentElement.querySelector("[data-maxlength]");
  if (!area) return;
  const limit = Number(area.dataset.maxlength);
  const show = () => {
    const n = length(area.value);
    const { countText, limitText, overText } = place.dataset;
    const text = n > limit ? overText : n > limit * 0.8 || limit <= 500 ? limitText : countText;
    const told = (value) => value.toLocaleString("ja-JP");
    place.textContent = fill(text, { n: told(n), limit: told(limit), over: told(n - limit) });
    place.classList.toggle("field__count--over", n > limit);
  };
  area.addEventListener("input", show);
  show();
}

export function enhance(root) {
  once(root, "textarea[data-grow]", grow);
  once(root, "[data-count-text].field__count", count);
}
