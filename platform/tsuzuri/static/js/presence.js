// An open form says that it is there, and is told who else writes and what others saved.

import { element, once } from "./page.js";

const BEAT_MS = 10000;

function build(place) {
  // The form itself may be swapped for another.
  const field = (name) => document.getElementById("record-form")?.elements[name]?.value ?? "";
  let told = null;
  let over = false;

  const body = (more = {}) => {
    const sent = new FormData();
    for (const [name, value] of Object.entries({ csrf_token: field("csrf_token"), ...more })) {
      sent.append(name, value);
    }
    return sent;
  };

  async function beat() {
    if (over || !place.isConnected) return;
    try {
      const answer = await fetch(place.dataset.presence, {
        method: "POST",
        body: body({ _revision: field("_revision") }),
        headers: { "HX-Request": "true" },
        credentials: "same-origin",
      });
      if (answer.status === 404) return gone();
      // Signed out, or the server is busy: saving says so, and keeps what was typed.
      if (!answer.ok || answer.redirected) return;
      tell(await answer.text());
    } catch {
      // The network is away; it may come back.
    }
  }

  // Said again only when it is something else, or it would be read aloud every time.
  function tell(html) {
    if (html === told) return;
    told = html;
    window.htmx.swap(place, html, { swapStyle: "innerHTML" });
  }

  function gone() {
    over = true;
    place.replaceChildren(element("p", { class: "notice__title" }, place.dataset.gone));
  }

  // After the last word none may follow: the form would seem open still.
  function leave() {
    over = true;
    navigator.sendBeacon(place.dataset.presence, body({ leaving: "1" }));
  }

  const timer = setInterval(() => (place.isConnected ? beat() : clearInterval(timer)), BEAT_MS);
  document.addEventListener("visibilitychange", () => document.hidden || beat());
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    over = false;
    beat();
  });
  beat();
}

export const enhance = (root) => once(root, "[data-presence]", build);
