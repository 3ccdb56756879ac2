// Nothing typed is ever lost: an unsent form is kept in this tab until it is saved or thrown away.

import { changed, clock, element, fill, icon, once } from "./page.js";
import { addRow } from "./rows.js";

export const PREFIX = "tsuzuri-draft:";
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;
const kept = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));

export const forget = (key) => sessionStorage.removeItem(PREFIX + key);
export const forgetAll = () => kept().forEach((key) => sessionStorage.removeItem(key));

// Files cannot be kept, a token must not, and a password never.
export function values(form) {
  const secret = new Set([...form.querySelectorAll('[type="password"], [type="file"]')].map((e) => e.name));
  const pairs = [...new FormData(form)].filter(
    ([name, value]) => typeof value === "string" && name !== "csrf_token" && !secret.has(name),
  );
  const kept = pairs.map(([name, value]) => [name, value.replaceAll("\r\n", "\n")]);
  // Parts that scripts build say themselves what brings them back.
  form.dispatchEvent(new CustomEvent("tsuzuri:kept", { detail: kept }));
  return kept;
}

function load(key) {
  try {
    const draft = JSON.parse(sessionStorage.getItem(PREFIX + key));
    // Another person in the same tab must never meet these words.
    return draft && draft.actor === meta("actor") ? draft : null;
  } catch {
    return null;
  }
}

function store(key, pairs) {
  try {
    const draft = { actor: meta("actor"), at: clock(), pairs };
    sessionStorage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // A full store must not get into the way of writing.
  }
}

// Rows that a script had added exist in the draft only.
function missingRows(form, pairs) {
  for (const [name] of pairs) {
    const found = /^(.+)\.(n\d+)\.[^.]+$/.exec(name);
    if (!found || form.elements[name]) continue;
    const holder = [...form.querySelectorAll("[data-rows], [data-log]")].find(
      (one) => (one.dataset.rows ?? one.dataset.log) === found[1],
    );
    if (holder) addRow(holder, found[2]);
  }
}

function restore(form, pairs) {
  missingRows(form, pairs);
  form.dispatchEvent(new CustomEvent("tsuzuri:restore", { detail: pairs }));
  const left = new Map();
  for (const [name, value] of pairs) left.set(name, [...(left.get(name) ?? []), value]);
  for (const control of form.elements) {
    const { name, type } = control;
    if (!name || name === "csrf_token" || ["file", "submit", "button", "password"].includes(type)) continue;
    const texts = left.get(name) ?? [];
    const before = [control.value, control.checked].join();
    if (type === "checkbox" || type === "radio") control.checked = texts.includes(control.value);
    else if (type === "select-multiple") {
      for (const option of control.options) option.selected = texts.includes(option.value);
    } else if (texts.length > 0) control.value = type === "hidden" ? texts[0] : texts.shift();
    if (type !== "hidden" && before !== [control.value, control.checked].join()) changed(control);
  }
}

function note(form, draft, words, discard) {
  const button = element("button", { class: "button button--secondary button--small", type: "button" }, words.draftDiscard);
  button.addEventListener("click", discard);
  const told = element("div", { class: "notice notice--info draft-note", role: "status" });
  told.append(icon(words.icons, "info"));
  told.append(element("p", { class: "notice__title" }, fill(words.draftTitle, { time: draft.at })));
  told.append(element("p", { class: "notice__body" }, words.draftText));
  told.append(element("div", { class: "notice__acts" }, button));
  form.prepend(told);
}

function build(form) {
  const key = form.dataset.draft;
  // What only the page itself says, such as its key, is nobody's words.
  const typed = (pairs) => pairs.filter(([name]) => !name.startsWith("_"));
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  // A form that came back with errors already shows what was sent.
  const posted = form.hasAttribute("data-draft-posted") || document.querySelector(".summary") !== null;
  let saved = values(form);
  let leaving = false;
  let unloading = false;
  let timer = 0;

  const keep = () => {
    clearTimeout(timer);
    if (leaving) return;
    const now = values(form);
    if (same(now, saved)) forget(key);
    else store(key, now);
  };
  const drop = () => {
    leaving = true;
    forget(key);
  };

  const draft = load(key);
  if (posted) {
    saved = null;
    forget(key);
  } else if (draft && same(typed(draft.pairs), typed(saved))) {
    forget(key);
  } else if (draft) {
    restore(form, draft.pairs);
    note(form, draft, document.body.dataset, () => {
      drop();
      location.reload();
    });
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 400);
  });
  // The server holds these words by now (`interview.js`); what was typed since is kept still.
  form.addEventListener("tsuzuri:stored", (event) => {
    // A page that is on its way already may not hold them: then they stay here, too.
    if (unloading) return;
    saved = event.detail;
    keep();
  });
  form.addEventListener("submit", () => {
    keep();
    leaving = true;
    setTimeout(() => (leaving = false), 4000); // the server did not answer: guard again
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt === form && event.detail.successful) drop();
  });
  window.addEventListener("pagehide", () => form.isConnected && keep());
  window.addEventListener("beforeunload", (event) => {
    unloading = true;
    setTimeout(() => (unloading = false), 4000);
    if (form.isConnected && !leaving && !same(values(form), saved)) event.preventDefault();
  });
}

const done = meta("draft-done");
if (done) forget(done);
for (const key of kept()) {
  if (meta("actor") && load(key.slice(PREFIX.length)) === null) sessionStorage.removeItem(key);
}

export function enhance(root) {
  once(root, "form[data-draft]", build);
  once(root, "form[data-logout]", (form) => form.addEventListener("submit", forgetAll));
}
