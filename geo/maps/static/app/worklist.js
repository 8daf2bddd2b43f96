// The list of a dispatcher: tabs with counts, filters in one line, the banner of new ones, and rows by the time left.

import { data, t } from "./data.js";
import { announce, el, put, said } from "./dom.js";
import { clock, count, isoMoment, moment, timeLeft } from "./format.js";
import { statusIcon } from "./icons.js";
import { NO_WISH, secondsOf, urgencyOf } from "./board.js";
import { Filters } from "./filters.js";

const TABS = ["to_confirm", "to_dispatch", "in_progress", "overdue", "closed", "all"];
// New ones are said at most so often.
const NEWS_MS = 60000;

export class WorkList {
  /** `head` are the buttons beside the title; `onOpen(id)`, `onHover(id)`, `onWish()`, `onNew()`, `onMore()`. */
  constructor(root, board, hooks) {
    Object.assign(this, { root, board, ...hooks });
    this.onWish = (options) => {
      this.asked = true;
      hooks.onWish(options);
    };
    this.nodes = new Map();
    this.notes = new Map();
    this.chosen = null;
    this.asked = false;
    this.line = el("span", { class: "line-state" });
    this.tabs = el("div", { class: "tabs", role: "group", "aria-label": t("issues") });
    this.filters = new Filters(board, (options) => this.onWish(options));
    this.kept = el("div", { class: "kept", role: "alert", hidden: true });
    this.saidAt = -NEWS_MS;
    this.banner = el("button", { type: "button", class: "banner", hidden: true, onclick: this.onNew });
    this.note = el("p", { class: "queue-note", hidden: true });
    this.list = el("ul", { class: "queue-list", id: "worklist", tabindex: "-1", "aria-label": t("issues") });
    root.append(
      el("div", { class: "queue-head" }, el("h1", {}, t("issues")), this.line, this.buttons),
      this.tabs,
      this.filters.node,
      this.filters.range,
      this.filters.chips,
      this.kept,
      this.banner,
      this.note,
      this.list,
    );
    for (const box of [this.list, root]) box.addEventListener("scroll", () => this.nearEnd(box));
    put(this.list, [1, 2, 3, 4, 5].map(() => el("li", { class: "issue skeleton", "aria-hidden": "true" }, el("i"), el("i"))));
  }

  /** Shows an answer; the scroll stays where it is, so that nothing jumps under the hand. */
  show(answer) {
    this.buildTabs(answer.tabs);
    this.filters.show(answer.options);
    this.nodes.clear();
    const focused = this.list.contains(document.activeElement) ? document.activeElement.closest("li") : null;
    const at = focused ? Number(focused.dataset.issue) : null;
    put(this.list, this.board.rows.map((row) => this.row(row)));
    if (!this.board.rows.length) put(this.list, this.empty());
    put(this.note, ...this.noteParts(answer));
    this.note.hidden = !this.note.firstChild;
    if (at !== null && this.nodes.has(at)) this.focusRow(at);
    // What a person asked for is said; what comes by itself is not.
    if (this.asked) announce(t("n_issues", { n: count(answer.total) }));
    this.asked = false;
  }

  /** How many new ones wait; they are loaded when the person says so. */
  news(n, loud = false) {
    this.banner.hidden = n <= 0;
    put(this.banner, t("n_new_load", { n: count(n) }));
    this.fresh = n;
    if (n > 0 && loud) this.sayNews();
  }

  /** Says how many new ones wait, at most once a minute. */
  sayNews() {
    const wait = this.saidAt + NEWS_MS - performance.now();
    clearTimeout(this.newsTimer);
    if (wait > 0) {
      this.newsTimer = setTimeout(() => this.fresh > 0 && this.sayNews(), wait);
      return;
    }
    this.saidAt = performance.now();
    announce(t("n_new", { n: count(this.fresh) }));
  }

  /** No answer: what is shown stays, and the list says why and what to do. */
  fail(error, retry) {
    const code = (error.body && error.body.code) || error.status;
    put(this.note, el("span", { class: "failed" }, said(error.message)), " ", el("button", { type: "button", class: "link", onclick: retry }, t("retry")), code ? el("span", { class: "code" }, ` ${code}`) : null);
    this.note.hidden = false;
    const waits = this.list.querySelector(".skeleton");
    if (waits) put(this.list, "");
  }

  append(rows) {
    this.list.append(...rows.map((row) => this.row(row)));
  }

  nearEnd(box) {
    if (box.scrollTop + box.clientHeight > box.scrollHeight - 500 && box.scrollHeight > box.clientHeight) this.onMore();
  }

  empty() {
    const { tab } = this.board.wish;
    const word = tab === "all" ? t("no_issues") : t("none_of", { status: t(`status_${tab}`) });
    return el("li", { class: "empty" }, word, " ", el("button", { type: "button", class: "link", onclick: () => this.seeAll() }, t("see_all")));
  }

  seeAll() {
    this.board.follow = false;
    this.filters.custom = false;
    this.filters.want({ ...NO_WISH, closed: this.board.wish.closed });
  }

  noteParts(answer) {
    const all = (act) => el("button", { type: "button", class: "link", onclick: act }, t("see_all"));
    const { hotspot, follow } = this.board;
    if (this.board.just()) {
      const words = hotspot ? t("hotspot_n", { n: count(answer.total), id: hotspot }) : t("here_n", { n: count(answer.total) });
      return [words, " ", all(() => this.filters.want({}))];
    }
    if (!follow || !answer.unplaced) return [];
    return [t("n_unplaced", { n: count(answer.unplaced) }), " ", all(() => {
      this.board.follow = false;
      this.onWish();
    })];
  }

  row(row) {
    const act = secondsOf(row.act_by);
    const reported = secondsOf(row.reported);
    const closed = row.status === "closed";
    const where = row.maybe.length && row.queue ? row.maybe.join(t("or")) : row.grid_name || t(row.where === "outside" ? "grid_outside" : "grid_none");
    const node = el(
      "li",
      { class: row.id === this.chosen ? "issue chosen" : "issue" },
      el(
        "button",
        { type: "button", onclick: () => this.onOpen(row.id), "aria-current": row.id === this.chosen ? "true" : null },
        el("span", { class: "issue-sign" }, statusIcon(row.sign, 22), el("span", { class: "sr" }, t(`status_${row.sign}`))),
        el(
          "span",
          { class: "issue-body" },
          el(
            "span",
            { class: "issue-line" },
            el("b", {}, said(row.category || t("category_none"))),
            el("span", { class: `time ${urgencyOf(row.status, act)}`, "data-act": closed ? null : act }, closed ? t("status_closed") : timeLeft(act)),
          ),
          el("span", { class: "issue-text" }, said(row.text)),
          el(
            "span",
            { class: "issue-line issue-meta" },
            el("span", {}, said(where), " · ", said(row.department || t("department_none"))),
            el("time", { datetime: isoMoment(reported), title: isoMoment(reported) }, isToday(reported) ? clock(reported) : moment(reported)),
          ),
        ),
      ),
      el("span", { class: "issue-note", hidden: true }),
    );
    node.dataset.issue = row.id;
    node.addEventListener("mouseenter", () => this.onHover(row));
    node.addEventListener("mouseleave", () => this.onHover(null));
    this.nodes.set(row.id, node);
    if (this.notes.has(row.id)) this.say(row.id, this.notes.get(row.id));
    return node;
  }

  /** Words under a row: who has it open, or what somebody has just done with it; "" takes them away. */
  say(id, words) {
    if (words) this.notes.set(id, words);
    else this.notes.delete(id);
    const node = this.nodes.get(id);
    if (!node) return;
    put(node.lastChild, words ? said(words) : "");
    node.lastChild.hidden = !words;
  }

  /** Time goes on: what is left of it, and its colour. */
  tick() {
    for (const node of this.list.querySelectorAll("[data-act]")) {
      const act = Number(node.dataset.act);
      node.className = `time ${urgencyOf("", act)}`;
      node.textContent = timeLeft(act);
    }
  }

  choose(id) {
    for (const [held, on] of [[this.chosen, false], [id, true]]) {
      const node = this.nodes.get(held);
      if (!node) continue;
      node.classList.toggle("chosen", on);
      if (on) node.firstChild.setAttribute("aria-current", "true");
      else node.firstChild.removeAttribute("aria-current");
      if (on) node.scrollIntoView({ block: "nearest" });
    }
    this.chosen = id;
  }

  hover(id) {
    for (const node of this.list.querySelectorAll(".hovered")) node.classList.remove("hovered");
    const node = this.nodes.get(id);
    if (node) node.classList.add("hovered");
  }

  focusRow(id) {
    const node = this.nodes.get(id) || this.list.querySelector("li.issue[data-issue]");
    if (node) node.firstChild.focus({ preventScroll: true });
    else this.list.focus();
  }

  /** The number of the row `step` rows after (before) one; null at the ends. */
  beside(id, step) {
    const { rows } = this.board;
    const at = rows.findIndex((row) => row.id === id);
    const next = rows[at < 0 ? (step > 0 ? 0 : -1) : at + step];
    return next ? next.id : null;
  }

  buildTabs(counts) {
    const wish = this.board.wish;
    put(
      this.tabs,
      TABS.filter((tab) => tab !== "closed" || wish.closed || this.board.just()).map((tab) =>
        el(
          "button",
          {
            type: "button",
            class: `tab tab-${tab}`,
            "aria-pressed": String(tab === wish.tab),
            onclick: () => {
              // A tab divides what is shown: it does not take away what a link asked for.
              wish.tab = tab;
              this.onWish();
              this.tabs.querySelector(`.tab-${tab}`).focus();
            },
          },
          el("b", {}, count(counts[tab])),
          el("span", {}, tab === "all" ? t("all") : t(`status_${tab}`)),
        ),
      ),
    );
  }
}

function isToday(seconds) {
  return Math.floor((seconds + data.zone) / 86400) === Math.floor((data.now + data.zone) / 86400);
}
