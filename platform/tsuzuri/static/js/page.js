// Small things that several modules need.

// Calls `build` once for each element of `root` that matches, `root` itself included.
export function once(root, selector, build) {
  const done = (seen.get(build) ?? seen.set(build, new WeakSet()).get(build));
  const found = [...root.querySelectorAll(selector)];
  if (root.matches?.(selector)) found.unshift(root);
  for (const element of found) {
    if (done.has(element)) continue;
    done.add(element);
    build(element);
  }
}

const seen = new Map();

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// An icon of the sprite at `address`.
export function icon(address, name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${address}#${name}`);
  svg.append(use);
  return svg;
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

// The copy of a row under a key of its own; the server wrote the template with __ROW__.
export function copyRow(template, key) {
  const made = document.createElement("template");
  made.innerHTML = template.innerHTML.replaceAll("__ROW__", key);
  return made.content.firstElementChild;
}

let last = 0;

export function freshKey(container) {
  do last += 1;
  while (container.querySelector(`[name*=".n${last}."]`));
  return `n${last}`;
}

// Enter while an input method still converts belongs to the conversion.
export const composing = (event) => event.isComposing || event.keyCode === 229;

export function clock(at = new Date()) {
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

export function changed(element) {
  element.dispatchEvent(new Event("input", { bubbles: true }));
  element.dispatchEvent(new Event("change", { bubbles: true }));
}
