// Passkeys: the browser is asked for one, and its answer goes with the form around the button.
// Where there are none the buttons stay hidden, and the same form takes what is typed.

import { once } from "./page.js";

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

const described = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

async function options(button) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const answer = await fetch(button.dataset.options, {
    method: "POST",
    headers: { "X-CSRFToken": token },
  });
  // Who has to show anew who they are is led there by the page itself.
  if (answer.redirected) location.reload();
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  const said = await answer.json();
  said.challenge = bytes(said.challenge);
  if (said.user) said.user.id = bytes(said.user.id);
  said.allowCredentials = described(said.allowCredentials);
  said.excludeCredentials = described(said.excludeCredentials);
  return said;
}

function sent({ id, rawId, type, response }) {
  const answer = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) answer[name] = text(response[name]);
  }
  return JSON.stringify({ id, rawId: text(rawId), type, response: answer });
}

function asking(button) {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const form = button.form;
  const wrong = document.getElementById(button.getAttribute("aria-describedby"));
  const making = button.dataset.passkey === "create";
  button.hidden = false;
  // Whoever comes back to the page types a password next, and shows no old answer with it.
  addEventListener("pageshow", () => {
    form.elements.passkey.value = "";
    button.disabled = false;
  });
  if (making) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      button.click();
    });
  }
  button.addEventListener("click", async () => {
    if (making && !form.reportValidity()) return;
    wrong.hidden = button.disabled = true;
    try {
      const publicKey = await options(button);
      const found = await navigator.credentials[making ? "create" : "get"]({ publicKey });
      form.elements.passkey.value = sent(found);
      form.submit();
    } catch (error) {
      wrong.textContent = error.name === "InvalidStateError" ? wrong.dataset.known : wrong.dataset.failed;
      wrong.hidden = button.disabled = false;
    }
  });
}

export function enhance(root) {
  once(root, "[data-passkey]", asking);
}
