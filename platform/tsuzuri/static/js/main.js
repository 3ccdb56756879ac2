// Starts everything that makes the same pages more comfortable; without it they work as well.

import { enhance as addressing } from "./addressing.js";
import { enhance as code } from "./code.js";
import { enhance as drafts } from "./drafts.js";
import { enhance as interview } from "./interview.js";
import { enhance as live } from "./live.js";
import { enhance as log } from "./log.js";
import { enhance as lookup } from "./lookup.js";
import { enhance as menu } from "./menu.js";
import { enhance as now } from "./now.js";
import { enhance as passkeys } from "./passkeys.js";
import { enhance as picker } from "./picker.js";
import { enhance as presence } from "./presence.js";
import { enhance as print } from "./print.js";
import { enhance as readers } from "./readers.js";
import { enhance as rich } from "./rich.js";
import { enhance as rows } from "./rows.js";
import { enhance as textarea } from "./textarea.js";
import { enhance as upload } from "./upload.js";

// Drafts come last: they put values back into what the others have built.
const all = [
  code, menu, live, now, print, textarea, rows, log, picker, lookup, addressing, readers, rich, upload,
  passkeys, presence, forms, interview, drafts,
];

function start(root) {
  for (const enhance of all) enhance(root);
}

// What is wrong is read first; a changed filter asks the server for the operators that fit.
function forms(root) {
  root.querySelector("[data-focus]")?.focus();
  for (const select of root.querySelectorAll("select[data-resubmit]")) {
    select.addEventListener("change", () => {
      const sent = document.createElement("input");
      sent.type = "hidden";
      sent.name = "_filter";
      sent.value = "change";
      select.form.append(sent);
      select.form.submit();
    });
  }
}

document.documentElement.classList.add("js");
start(document.body);

// htmx reports the page itself once and then everything that it swaps in.
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) start(event.detail.elt);
});

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, headers, verb, parameters } = event.detail;
  if (verb !== "get") {
    headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  }
  // What is typed travels as `q`, whatever the field is called.
  if (elt.hasAttribute("data-query")) {
    for (const name of Object.keys(parameters)) delete parameters[name];
    parameters.q = elt.value;
  }
});
