// A thin bar at the top while an answer is awaited for longer than a moment; the page stays as it is meanwhile.

import { el } from "./dom.js";

const AFTER_MS = 300;
let waiting = 0;
let bar = null;

/** Passes a promise on, and shows that it is awaited. */
export async function working(promise) {
  waiting += 1;
  const timer = setTimeout(show, AFTER_MS);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    waiting -= 1;
    if (!waiting && bar) bar.hidden = true;
  }
}

function show() {
  if (!bar) {
    bar = el("div", { class: "working-bar", "aria-hidden": "true" });
    document.body.append(bar);
  }
  bar.hidden = false;
}
