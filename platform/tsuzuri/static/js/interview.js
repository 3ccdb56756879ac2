// Advice while a record is being written: silent, never in the way, and nothing is lost or said twice.
//
// Words wait in this tab until the server has them, each under a key of its own, one after the other.
// What is typed into the draft is kept every moment.  Nothing here moves the focus or disturbs an
// input method that still converts.

import { PREFIX, values } from "./drafts.js";
import { part } from "./live.js";
import { changed, clock, composing, element, once } from "./page.js";

const SAVE_MS = 1200;
const RETRY_MS = 3000;
const TAP_MS = 1000;
const SMALL = "(max-width: 47.99em)";
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;

function send(address, pairs) {
  return fetch(address, {
    method: "POST",
    body: new URLSearchParams([...pairs, ["_auto", "1"]]),
    headers: { "X-CSRFToken": meta("csrf-token") ?? "" },
    credentials: "same-origin",
    redirect: "manual",
  });
}

// Not refused, only not possible now: the network is away, the server busy, nobody signed in.
const wait = (answer) =>
  !answer || answer.type === "opaqueredirect" || [401, 429].includes(answer.status) || answer.status >= 500;

// A key for one message; crypto.randomUUID is not there without TLS.
const key = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

function outbox(form) {
  const place = `${PREFIX}say:${new URL(form.action).pathname}`;
  const load = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(place));
      return kept?.actor === meta("actor") ? kept.items : [];
    } catch {
      return [];
    }
  };
  const items = load();
  const store = () => {
    try {
      if (items.length > 0) sessionStorage.setItem(place, JSON.stringify({ actor: meta("actor"), pairs: [], items }));
      else sessionStorage.removeItem(place);
    } catch {
      // A full store must not get into the way of talking.
    }
  };
  return { items, store };
}

function talking(form) {
  const field = form.querySelector("textarea");
  const told = form.querySelector("[data-say-told]");
  const pending = form.querySelector("[data-say-pending]");
  const { items, store } = outbox(form);
  let busy = false;
  let timer = 0;
  let tapped = { word: "", at: 0 };

  function draw() {
    pending.replaceChildren(
      ...items.map(({ body }) =>
        element("li", { class: "said said--own said--pending" },
          element("p", { class: "said__head" }, form.dataset.pending),
          element("p", { class: "said__body" }, body)),
      ),
    );
  }

  function say(body) {
    items.push({ key: key(), body });
    store();
    draw();
    flush();
  }

  async function flush() {
    clearTimeout(timer);
    if (busy || !form.isConnected) return;
    busy = true;
    while (items.length > 0) {
      const one = items[0];
      const answer = await send(form.action, [["body", one.body], ["_once", one.key]]).catch(() => null);
      if (wait(answer)) {
        told.textContent = form.dataset.waiting;
        timer = setTimeout(flush, RETRY_MS);
        break;
      }
      items.shift();
      store();
      if (answer.ok) {
        told.textContent = "";
        await part("talk", "#talk");
      } else {
        told.textContent = form.dataset.refused;
        field.value = [one.body, field.value].filter(Boolean).join("\n");
      }
      draw();
    }
    busy = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const word = event.submitter?.name === "quick" ? event.submitter.value : "";
    const now = Date.now();
    // A finger that trembles means one answer.
    if (word && word === tapped.word && now - tapped.at < TAP_MS) return;
    tapped = { word, at: now };
    const body = word || field.value.trim();
    if (!body) return;
    if (!word) field.value = "";
    say(body);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || composing(event) || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  window.addEventListener("online", flush);
  draw();
  flush();
}

// What is typed is kept without asking; another open form of the draft is never overwritten unseen.
function autosaving(form) {
  const told = document.querySelector("[data-autosave-told]");
  let timer = 0;
  let state = "idle";

  const later = (ms = SAVE_MS) => {
    clearTimeout(timer);
    timer = setTimeout(save, ms);
  };
  const tell = (word) => {
    if (told) told.textContent = word;
  };

  async function save() {
    if (state === "over" || !form.isConnected) return;
    if (state !== "idle" || form.hasAttribute("data-composing")) return later();
    state = "saving";
    const pairs = values(form);
    const answer = await send(form.dataset.autosave, pairs).catch(() => null);
    state = "idle";
    if (answer?.ok) {
      tell(told?.dataset.saved.replace("{time}", clock()));
      form.dispatchEvent(new CustomEvent("tsuzuri:stored", { detail: pairs }));
    } else if (wait(answer)) {
      tell(told?.dataset.waiting);
      later(RETRY_MS);
    } else {
      state = "over";
      tell(answer.status === 409 ? told?.dataset.elsewhere : told?.dataset.refused);
    }
  }

  form.addEventListener("input", () => later());
  form.addEventListener("change", () => later());
  window.addEventListener("online", () => later(0));
}

// One tap puts words into the field where the cursor is, or into a chosen one; the focus stays.
function quoting(panel) {
  const form = document.getElementById("record-form");
  const into = panel.querySelector("[data-quote-into]");
  if (!form || !into) return;
  const fits = (one) => one.matches('textarea[name^="f."], input[type="text"][name^="f."]:not([role="combobox"])') && !one.readOnly;
  const fields = () => [...form.elements].filter((one) => fits(one) && one.offsetParent !== null);
  let last = null;

  for (const one of fields().filter((field) => field.matches("textarea"))) {
    const label = form.querySelector(`label[for="${CSS.escape(one.id)}"]`)?.textContent.trim();
    if (label) into.append(element("option", { value: one.id }, label));
  }
  form.addEventListener("focusin", (event) => {
    if (fits(event.target)) last = event.target;
  });
  form.addEventListener("compositionstart", () => form.setAttribute("data-composing", ""));
  form.addEventListener("compositionend", () => form.removeAttribute("data-composing"));

  function put(text) {
    const chosen = into.value ? document.getElementById(into.value) : last?.isConnected ? last : null;
    const field = chosen ?? fields().find((one) => one.matches("textarea"));
    if (!field) return;
    if (form.hasAttribute("data-composing")) {
      // What is being converted is finished first.
      return form.addEventListener("compositionend", () => setTimeout(() => put(text)), { once: true });
    }
    const long = field.matches("textarea");
    const [start, end] = chosen === last && last ? [field.selectionStart, field.selectionEnd] : [field.value.length, field.value.length];
    const gap = long && start > 0 && field.value[start - 1] !== "\n" ? "\n" : "";
    field.setRangeText(`${gap}${long ? text : text.replaceAll("\n", " ")}${long ? "\n" : ""}`, start, end, "end");
    changed(field);
  }

  // The field keeps its focus, and with it the keyboard of a phone.
  panel.addEventListener("mousedown", (event) => event.target.closest("[data-quote], .quick") && event.preventDefault());
  panel.addEventListener("click", (event) => {
    const button = event.target.closest("[data-quote]");
    if (!button) return;
    put(button.dataset.quote);
    button.setAttribute("data-quoted", "");
  });
}

// On a phone the panel is a sheet; what came meanwhile is counted on its handle.
function sheet(panel) {
  const unread = panel.querySelector("[data-say-unread]");
  const talk = () => panel.querySelector("#talk");
  const count = () => Number(talk()?.dataset.count ?? 0);
  const down = () => talk()?.scrollTo(0, talk().scrollHeight);
  let read = count();

  const draw = () => {
    if (panel.open) read = count();
    const fresh = count() - read;
    unread.hidden = fresh <= 0;
    unread.textContent = fresh > 0 ? String(fresh) : "";
    if (panel.open) down();
  };
  if (matchMedia(SMALL).matches && document.getElementById("record-form")) panel.open = false;
  panel.addEventListener("toggle", draw);
  panel.addEventListener("htmx:afterSettle", draw);
  down();
}

export function enhance(root) {
  once(root, "[data-interview]", quoting);
  once(root, "[data-interview]", sheet);
  once(root, "form[data-say]", talking);
  once(root, "form[data-autosave]", autosaving);
}
