// What happens meanwhile: the page asks every few seconds, says when the line is lost, and connects again.

import { t } from "./data.js";
import { el, put } from "./dom.js";
import { clock, moment } from "./format.js";
import { data } from "./data.js";
import { setClock } from "./board.js";
import { ask, ownName, stepId } from "./server.js";

const EVERY_MS = 4000;
const SLOWER_MS = 20000;

export class Live {
  /** `node` says how the line is; `opened()` the number of the open card (0 for none); `onChanges(told)`, `onBack()`. */
  constructor(node, { opened, onChanges, onBack }) {
    Object.assign(this, { node, opened, onChanges, onBack });
    this.client = stepId();
    this.since = null;
    this.lost = false;
    this.stale = null;
    this.timer = 0;
    // A hidden page need not know so soon, and knows at once when it is looked at again.
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.since !== null) this.ask();
    });
  }

  /** Begins with the line of the log that the first answer knew. */
  start(stamp) {
    if (this.since !== null) return;
    this.since = stamp;
    this.say();
    this.wait();
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), this.lost || document.hidden ? SLOWER_MS : EVERY_MS);
  }

  async ask() {
    clearTimeout(this.timer);
    try {
      const told = await ask(`/maps/issues/changes?since=${this.since}&opened=${this.opened()}&client=${this.client}`, undefined, ownName());
      const back = this.lost;
      this.lost = false;
      this.since = Math.max(this.since, told.stamp);
      setClock(told.now);
      this.say();
      this.onChanges(told);
      if (back) this.onBack();
    } catch (error) {
      this.fail();
    }
    this.wait();
  }

  /** The line is gone: what is shown is as old as the last answer. */
  fail() {
    if (!this.lost) this.at = data.now;
    this.lost = true;
    put(
      this.node,
      el("span", { class: "dot off" }),
      el("span", { class: "lost" }, t("line_lost", { time: moment(this.at) })),
      " ",
      el("button", { type: "button", class: "link", onclick: () => this.ask() }, t("connect")),
    );
    this.node.setAttribute("role", "alert");
  }

  /** The line holds, but the list could not be renewed: it is as old as `at` (null: it is not). */
  told(at) {
    this.stale = at;
    if (!this.lost && this.since !== null) this.say();
  }

  say() {
    this.node.removeAttribute("role");
    if (this.stale !== null) {
      put(this.node, el("span", { class: "dot off" }), el("span", { class: "lost" }, t("data_of", { time: clock(this.stale) })));
      return;
    }
    put(this.node, el("span", { class: "dot" }), `${t("live_now")} · ${clock(data.now)}`);
  }
}
