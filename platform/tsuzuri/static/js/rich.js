// A few marks for a longer text. The text area stays what is sent; the server cleans what comes.

import { element, icon, once } from "./page.js";

const RENAMED = { B: "strong", I: "em", DIV: "p" };

// The names the server keeps, whatever the browser's editor calls them.
function tidy(root) {
  for (const old of root.querySelectorAll("b, i, div")) {
    const made = document.createElement(RENAMED[old.tagName]);
    made.append(...old.childNodes);
    old.replaceWith(made);
  }
  for (const old of root.querySelectorAll("[style], [class]")) {
    old.removeAttribute("style");
    old.removeAttribute("class");
  }
}

function written(text) {
  if (text.textContent.trim() === "") return "";
  const copy = text.cloneNode(true);
  tidy(copy);
  return copy.innerHTML;
}

// A document of its own runs nothing: what an old record holds is parsed there and tidied here.
function parsed(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const bad of page.body.querySelectorAll("script, style, iframe, object, embed, img, svg, form")) {
    bad.remove();
  }
  for (const any of page.body.querySelectorAll("*")) {
    for (const { name } of [...any.attributes]) if (name !== "href") any.removeAttribute(name);
    if (/^\s*javascript:/i.test(any.getAttribute("href") ?? "")) any.removeAttribute("href");
  }
  return [...page.body.childNodes];
}

function build(box) {
  const area = box.querySelector("textarea");
  const text = element("div", {
    class: "rich-editor__text rich",
    contenteditable: "true",
    role: "textbox",
    "aria-multiline": "true",
    "aria-label": box.dataset.label,
  });
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (area.hasAttribute(name)) text.setAttribute(name, area.getAttribute(name));
  }
  text.append(...parsed(area.value));
  document.execCommand("defaultParagraphSeparator", false, "p");

  const bar = element("div", { class: "rich-editor__bar", role: "group", "aria-label": box.dataset.label });
  const acts = {
    bold: () => document.execCommand("bold"),
    heading: () => {
      const on = /^h3$/i.test(document.queryCommandValue("formatBlock"));
      document.execCommand("formatBlock", false, on ? "p" : "h3");
    },
    list: () => document.execCommand("insertUnorderedList"),
    link: () => {
      const address = window.prompt(box.dataset.askLink, "https://");
      if (address && /^(https?:\/\/|mailto:|tel:)\S/i.test(address)) {
        document.execCommand("createLink", false, address);
      }
    },
  };
  for (const [name, act] of Object.entries(acts)) {
    const label = box.dataset[`word${name[0].toUpperCase()}${name.slice(1)}`];
    const button = element("button", { class: "icon-button", type: "button", "aria-label": label, title: label });
    button.append(icon(box.dataset.icons, name));
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      text.focus();
      act();
      sync();
    });
    bar.append(button);
  }

  function sync() {
    area.value = written(text);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  text.addEventListener("input", (event) => {
    event.stopPropagation();
    sync();
  });
  // Pasting brings words, not the looks of another program.
  text.addEventListener("paste", (event) => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  // A draft that is brought back is written into the text area.
  area.addEventListener("change", () => text.replaceChildren(...parsed(area.value)));
  // A click on the label, or the error summary's link, still reaches the editor.
  area.addEventListener("focus", () => text.focus());

  area.classList.add("visually-hidden");
  area.tabIndex = -1;
  area.setAttribute("aria-hidden", "true");
  area.after(element("div", { class: "rich-editor" }, bar, text));
}

export const enhance = (root) => once(root, "[data-rich]", build);
