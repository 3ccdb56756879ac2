// A page is told what happens to what it shows, and brings itself up to date.
//
// One stream a visible page: a browser holds only few connections to one server, and nobody reads
// a hidden page.  Where there is no room for a stream, the page asks now and then instead.

import { once } from "./page.js";

const ASK_MS = 10000;
const HIDDEN_MS = 5000;
const ASKS_BEFORE_STREAM = 6;

export function enhance(root) {
  once(root, "[data-live]", follow);
}

function follow(place) {
  const state = { place, seen: place.dataset.seen, stream: null, timer: 0, asked: 0, over: false };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(state.timer);
    if (document.hidden) state.timer = setTimeout(() => close(state), HIDDEN_MS);
    else if (!state.stream) connect(state);
  });
  window.addEventListener("pagehide", () => close(state));
  window.addEventListener("pageshow", (event) => event.persisted && connect(state));
  connect(state);
}

function address(state, more = {}) {
  const editing = document.getElementById("editing")?.textContent.trim();
  const said = editing === undefined ? {} : { editing };
  return `${state.place.dataset.live}?${new URLSearchParams({ seen: state.seen, ...said, ...more })}`;
}

function connect(state) {
  close(state);
  if (state.over || !state.place.isConnected) return;
  const stream = (state.stream = new EventSource(address(state)));
  for (const name of Object.keys(told)) {
    stream.addEventListener(name, (event) => tell(state, name, event.data, event.lastEventId));
  }
  stream.addEventListener("error", () => {
    // A stream that broke off comes back by itself; one that was refused does not.
    if (stream.readyState !== EventSource.CLOSED || state.stream !== stream) return;
    close(state);
    state.asked = 0;
    state.timer = setTimeout(() => ask(state), ASK_MS);
  });
}

function close(state) {
  clearTimeout(state.timer);
  state.stream?.close();
  state.stream = null;
}

async function ask(state) {
  if (state.over || document.hidden || !state.place.isConnected) return;
  state.asked += 1;
  if (state.asked > ASKS_BEFORE_STREAM) return connect(state);
  try {
    const answer = await fetch(address(state, { once: "1" }), { credentials: "same-origin" });
    // Signed out, or not there any more: the next click tells.
    if (answer.status === 404) return tell(state, "gone", "", "");
    if (!answer.ok || answer.redirected) return;
    for (const [name, mark] of events(await answer.text())) tell(state, name, "", mark);
  } catch {
    // The network is away; it may come back.
  }
  state.timer = setTimeout(() => ask(state), ASK_MS);
}

// The events of a short answer, which carry no text: [name, mark].
function* events(text) {
  for (const block of text.split("\n\n")) {
    const name = /^event: (.*)$/m.exec(block)?.[1];
    if (name in told) yield [name, /^id: (.*)$/m.exec(block)?.[1] ?? ""];
  }
}

function tell(state, name, data, mark) {
  if (mark) state.seen = mark;
  told[name](state, data);
}

const told = {
  comment(state, html) {
    const id = /\bid="(comment-\d+)"/.exec(html)?.[1];
    const there = id && document.getElementById(id);
    const list = document.querySelector("#talk .thread__list");
    if (there) window.htmx.swap(there, html, { swapStyle: "outerHTML" });
    else if (list) window.htmx.swap(list, html, { swapStyle: "beforeend" });
    if (!there) news("comment");
  },
  thanks(state, html) {
    const place = document.getElementById("thanks-given");
    if (place) window.htmx.swap(place, html, { swapStyle: "outerHTML" });
  },
  editing(state, html) {
    const place = document.getElementById("editing");
    if (!html) part("editing", "#editing");
    else if (place) window.htmx.swap(place, html, { swapStyle: "outerHTML" });
  },
  // Something was missed: the parts are fetched anew, as the page itself would be.
  talk() {
    part("thread", "#talk");
    part("thanks", "#thanks-given");
  },
  values() {
    part("values", "#values", "innerHTML");
    // Nothing moves under somebody who is choosing there.
    if (!document.getElementById("guests")?.contains(document.activeElement)) part("guests", "#guests");
    news("values");
  },
  list() {
    const list = document.getElementById("list");
    // Everybody who has the list open asks, but not all in the same moment.
    const again = () => setTimeout(() => window.htmx.trigger(list, "live:list"), Math.random() * 400);
    // Rows do not move under somebody who walks through them by keyboard.
    if (list.contains(document.activeElement)) list.addEventListener("focusout", again, { once: true });
    else again();
  },
  gone(state) {
    state.over = true;
    close(state);
    const over = state.place.dataset.over;
    // Beside a form that somebody fills in nothing but a word changes.
    if (over) return void (document.querySelector(over).hidden = false);
    const main = document.getElementById("main");
    const note = document.createElement("p");
    note.className = "empty__title";
    note.setAttribute("role", "alert");
    note.textContent = state.place.dataset.gone ?? "";
    main.replaceChildren(note);
  },
};

let asked = Promise.resolve();

// One after the other: of requests at one moment htmx would keep the first and the last only.
export function part(name, target, swap = "outerHTML") {
  asked = asked.then(() => fetchPart(name, target, swap)).catch(() => {});
  return asked;
}

function fetchPart(name, target, swap) {
  if (!document.querySelector(target)) return;
  const select = swap === "outerHTML" ? target : undefined;
  const from = document.querySelector("[data-live]").dataset.from ?? location.pathname;
  return window.htmx.ajax("GET", `${from}?part=${name}`, { target, swap, select });
}

// Said aloud to those who do not see the page change.
function news(what) {
  const place = document.getElementById("live-news");
  if (place) place.textContent = place.dataset[what] ?? "";
}
