// The button of a print page: what the browser's own menu does.

import { once } from "./page.js";

const build = (button) => button.addEventListener("click", () => window.print());

export const enhance = (root) => once(root, "[data-print]", build);
