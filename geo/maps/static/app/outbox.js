// Steps that were not sent because the line was lost: kept in this window, and sent only when the person says so.

import { t } from "./data.js";
import { announce, el, put, said } from "./dom.js";

const KEY = "wangge-kept-steps";

export class Outbox {
  /** `node` is the strip that tells of them; `send(step)` resolves to "" or to what went wrong; `open(id)`. */
  constructor(node, { send, open }) {
    Object.assign(this, { node, send, open });
    this.steps = read();
    this.busy = false;
    this.show();
  }

  /** Keeps a step {id, action, values, revision, title}; a later one of the same issue takes its place. */
  keep(step) {
    this.steps = [...this.steps.filter((one) => one.id !== step.id), step];
    this.show();
  }

  drop(id) {
    if (!this.steps.some((one) => one.id === id)) return;
    this.steps = this.steps.filter((one) => one.id !== id);
    this.show();
  }

  show(trouble = "") {
    write(this.steps);
    this.node.hidden = !this.steps.length;
    if (!this.steps.length) return;
    put(
      this.node,
      el("p", {}, el("b", {}, t("kept_n", { n: this.steps.length })), " ", t("kept_hint")),
      el("ul", {}, this.steps.map((one) => el("li", {}, el("button", { type: "button", class: "link", onclick: () => this.open(one.id) }, said(one.title)), " · ", t(`act_${one.action}`)))),
      trouble ? el("p", { class: "kept-trouble" }, said(trouble)) : null,
      el(
        "p",
        {},
        el("button", { type: "button", class: "plain small", onclick: () => this.sendAll() }, t("kept_send")),
        " ",
        el("button", { type: "button", class: "plain small", onclick: () => this.clear() }, t("kept_drop")),
      ),
    );
  }

  clear() {
    this.steps = [];
    this.show();
  }

  async sendAll() {
    if (this.busy) return;
    this.busy = true;
    let trouble = "";
    for (const step of [...this.steps]) {
      const fault = await this.send(step);
      if (fault && fault.kept) {
        trouble = fault.words;
        break;
      }
      this.steps = this.steps.filter((one) => one !== step);
      if (fault) trouble = `${step.title}${t("colon")}${fault.words}`;
    }
    this.busy = false;
    this.show(trouble);
    if (trouble) announce(trouble);
  }
}

function read() {
  try {
    const found = JSON.parse(window.sessionStorage.getItem(KEY) || "[]");
    return Array.isArray(found) ? found.filter((one) => one && Number.isSafeInteger(one.id) && typeof one.action === "string") : [];
  } catch {
    return [];
  }
}

function write(steps) {
  try {
    if (steps.length) window.sessionStorage.setItem(KEY, JSON.stringify(steps));
    else window.sessionStorage.removeItem(KEY);
  } catch {
    // A window that keeps nothing has them as long as it is open.
  }
}
