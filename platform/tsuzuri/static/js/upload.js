// Says which files were chosen: a phone shows only a number, a hidden camera input nothing.

import { once } from "./page.js";

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function build(box) {
  const told = box.querySelector("[data-chosen]");
  const inputs = [...box.querySelectorAll('input[type="file"]')];
  box.addEventListener("change", () => {
    const files = inputs.flatMap((input) => [...input.files]);
    told.textContent = files.map((file) => `${file.name} (${size(file.size)})`).join("、");
  });
}

export const enhance = (root) => once(root, "[data-upload]", build);
