// The first script of a page of a large place: fetches the page's data, then loads the script that draws it.

import { page, word } from "./pagedata.js";
import { announce, el, put, turn } from "./dom.js";
import { ask, ownName } from "./server.js";

// What takes a while to come to life, each in a task of its own: the page answers in between.
const PARTS = ["data", "stage", "labels", "table"];
const panel = document.getElementById("panel");
const bar = el("div", { class: "loading-bar", hidden: true });
document.getElementById("stage").append(bar);

async function start() {
  // What comes at once needs no bar.
  const slow = setTimeout(() => {
    bar.hidden = false;
  }, 300);
  put(panel, el("p", { class: "block quiet", role: "status" }, word("loading")));
  try {
    Object.assign(page, await ask(page.late.from, undefined, ownName()));
    for (const part of PARTS) {
      await turn();
      await import(`./${part}.js`);
    }
    await turn();
    panel.textContent = "";
    await import(`./${page.late.module}.js`);
  } catch (error) {
    failed(error);
  }
  clearTimeout(slow);
  bar.remove();
}

function failed(error) {
  const again = el("button", { type: "button", class: "plain", onclick: () => window.location.reload() }, word("retry"));
  put(panel, el("div", { class: "block", role: "alert" }, el("p", {}, error.message), again));
  announce(error.message);
  document.body.dataset.ready = "1";
}

start();
