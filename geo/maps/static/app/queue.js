// The queue: tabs with counts, filters, and the rows, which are added as the list is scrolled.

import { data, grids, t } from "./data.js";
import { announce, el, put, said, textWidth } from "./dom.js";
import { moment, isoMoment, timeLeft, count } from "./format.js";
import { statusIcon } from "./icons.js";
import { all, byTimeLeft, column, isOpen, isOverdue, pointOf, signOf, statusOf, tableOf, urgency } from "./issuedata.js";
import { communityName, departmentName, gridName, title } from "./issuedata.js";

const TABS = ["to_confirm", "to_dispatch", "in_progress", "overdue", "all"];
const DAYS = [1, 7, 30, 90, 365];
const PAGE = 60;

export class Queue {
  /** `onChange(list)` gets the issues that the map shows; `inView(i)` tells whether the map shows a place. */
  constructor(root, { onOpen, onHover, onChange, inView }) {
    Object.assign(this, { root, onOpen, onHover, onChange, inView });
    this.wish = { tab: "all", category: "", department: "", grid: "", community: "", days: "", closed: false };
    this.follow = false;
    this.only = null;
    this.rows = new Map();
    this.chosen = null;
    this.tabs = el("div", { class: "tabs", role: "tablist", "aria-label": t("issues") });
    this.filters = el("div", { class: "filters" });
    this.note = el("p", { class: "queue-note", hidden: true });
    this.list = el("ul", { class: "queue-list", "aria-label": t("issues") });
    const head = el(
      "div",
      { class: "queue-head" },
      el("h1", {}, t("issues")),
      el("span", { class: "note as-of" }, t("as_of", { time: moment(data.now) })),
      this.closedBox(),
    );
    root.append(head, this.tabs, this.filters, this.note, this.list);
    this.list.addEventListener("scroll", () => this.more());
    root.addEventListener("scroll", () => this.more());
    this.buildFilters();
    this.update();
  }

  /** Sets wishes from elsewhere (a bar of the overview) and shows what they leave. */
  want(change) {
    Object.assign(this.wish, change);
    this.only = null;
    this.buildFilters();
    this.update();
  }

  /** Shows just these (a cluster that zooming cannot part). */
  showOnly(members) {
    this.only = new Set(members);
    this.update();
  }

  matches(i) {
    const w = this.wish;
    if (w.category !== "" && column("category", i) !== Number(w.category)) return false;
    if (w.department !== "" && column("department", i) !== Number(w.department)) return false;
    if (w.grid !== "" && column("grid", i) !== Number(w.grid)) return false;
    if (w.community !== "" && communityName(i) !== w.community) return false;
    if (w.days !== "" && column("reported", i) < data.now - Number(w.days) * 86400) return false;
    return w.closed || isOpen(i);
  }

  inTab(i, tab) {
    if (tab === "all") return true;
    return tab === "overdue" ? isOverdue(i) : statusOf(i) === tab;
  }

  update() {
    const some = all.filter((i) => this.matches(i));
    const counts = Object.fromEntries(TABS.map((tab) => [tab, some.filter((i) => this.inTab(i, tab)).length]));
    this.buildTabs(counts);
    this.shown = some.filter((i) => this.inTab(i, this.wish.tab) && (!this.only || this.only.has(i))).sort(byTimeLeft);
    this.onChange(this.shown);
    this.refill();
    announce(t("n_issues", { n: count(this.shown.length) }));
  }

  /** Fills the list again, by what the map shows if it follows the map. */
  refill() {
    const placed = this.shown.filter((i) => pointOf(i));
    const unplaced = this.shown.length - placed.length;
    this.visible = this.follow && !this.only ? placed.filter(this.inView) : this.shown;
    this.rows.clear();
    this.list.textContent = "";
    this.list.scrollTop = 0;
    put(this.note, ...this.noteParts(unplaced));
    this.note.hidden = !this.note.firstChild;
    if (!this.visible.length) {
      this.list.append(el("li", { class: "empty" }, t("no_issues"), " ", el("button", { type: "button", class: "link", onclick: () => this.clear() }, t("see_all"))));
    }
    this.more();
  }

  noteParts(unplaced) {
    const parts = [];
    if (this.only) parts.push(t("here_n", { n: this.only.size }), " ");
    else if (this.follow && unplaced) parts.push(t("n_unplaced", { n: count(unplaced) }), " ");
    if (parts.length) parts.push(el("button", { type: "button", class: "link", onclick: () => this.unfollow() }, t("see_all")));
    return parts;
  }

  unfollow() {
    this.only = null;
    this.follow = false;
    this.buildFilters();
    this.update();
  }

  clear() {
    this.follow = false;
    this.want({ tab: "all", category: "", department: "", grid: "", community: "", days: "" });
  }

  more() {
    for (const box of [this.list, this.root]) {
      if (box.scrollTop + box.clientHeight < box.scrollHeight - 400 && this.rows.size >= PAGE) continue;
      const from = this.rows.size;
      if (from >= this.visible.length) return;
      if (from && box.scrollHeight <= box.clientHeight) continue;
      this.list.append(...this.visible.slice(from, from + PAGE).map((i) => this.row(i)));
      return;
    }
  }

  row(i) {
    const due = column("due", i);
    const left = !isOpen(i) ? t("status_closed") : due === null ? "" : timeLeft(due);
    const reported = column("reported", i);
    const node = el(
      "li",
      { class: i === this.chosen ? "issue chosen" : "issue" },
      el(
        "button",
        { type: "button", onclick: () => this.onOpen(i), "aria-current": i === this.chosen ? "true" : null },
        el("span", { class: "issue-sign" }, statusIcon(signOf(i), 22), el("span", { class: "sr" }, t(`status_${signOf(i)}`))),
        el(
          "span",
          { class: "issue-body" },
          el("span", { class: "issue-line" }, el("b", {}, said(title(i))), el("span", { class: `time ${urgency(i)}` }, left)),
          el("span", { class: "issue-text" }, said(column("text", i))),
          el(
            "span",
            { class: "issue-line issue-meta" },
            el("span", {}, said(gridName(i)), " · ", said(departmentName(i))),
            el("time", { datetime: isoMoment(reported), title: isoMoment(reported) }, moment(reported)),
          ),
        ),
      ),
    );
    node.addEventListener("mouseenter", () => this.onHover(i));
    node.addEventListener("mouseleave", () => this.onHover(null));
    this.rows.set(i, node);
    return node;
  }

  choose(i) {
    this.mark(this.chosen, "chosen", false);
    this.chosen = i;
    this.mark(i, "chosen", true);
    const row = this.rows.get(i);
    if (row) row.scrollIntoView({ block: "nearest" });
  }

  hover(i) {
    this.mark(this.hovered, "hovered", false);
    this.hovered = i;
    this.mark(i, "hovered", true);
  }

  mark(i, name, on) {
    const row = this.rows.get(i);
    if (!row) return;
    row.classList.toggle(name, on);
    if (name === "chosen") row.firstChild.toggleAttribute("aria-current", on);
  }

  focusRow(i) {
    const row = this.rows.get(i);
    if (row) row.firstChild.focus({ preventScroll: true });
  }

  buildTabs(counts) {
    put(
      this.tabs,
      TABS.map((tab) => {
        const on = tab === this.wish.tab;
        const word = tab === "all" ? t("all") : t(`status_${tab}`);
        return el(
          "button",
          { type: "button", role: "tab", class: `tab tab-${tab}`, "aria-selected": String(on), onclick: () => this.want({ tab }) },
          el("b", {}, count(counts[tab])),
          el("span", {}, word),
        );
      }),
    );
  }

  buildFilters() {
    const toggle = (word, on, act) =>
      el("button", { type: "button", class: "toggle", "aria-pressed": String(on), onclick: act }, t(word));
    put(
      this.filters,
      toggle("follow_map", this.follow, () => {
        this.follow = !this.follow;
        this.only = null;
        this.buildFilters();
        this.refill();
      }),
      this.select("category", t("any_category"), this.options("category", (name) => name || t("category_none"))),
      this.select("department", t("any_department"), this.options("department", (name) => name)),
      this.select("grid", t("any_grid"), this.options("grid", null)),
      this.select("days", t("any_time"), DAYS.map((n) => [String(n), t("last_days", { n })])),
      this.wish.community ? el("button", { type: "button", class: "toggle", "aria-pressed": "true", onclick: () => this.want({ community: "" }) }, said(this.wish.community), " ×") : null,
    );
  }

  closedBox() {
    const box = el("input", { type: "checkbox", onchange: () => this.want({ closed: box.checked }) });
    return el("label", { class: "with-closed" }, box, t("with_closed"));
  }

  /** What a filter offers, the most frequent first, with counts. */
  options(name, wordOf) {
    const counts = new Map();
    for (const i of all) {
      if (!this.wish.closed && !isOpen(i)) continue;
      const k = column(name, i);
      if (k >= 0) counts.set(k, (counts.get(k) || 0) + 1);
    }
    const word = wordOf ? (k) => wordOf(tableOf(name)[k]) : (k) => grids[k].name;
    const keys = [...counts.keys()];
    if (wordOf) keys.sort((a, b) => counts.get(b) - counts.get(a) || a - b);
    else keys.sort((a, b) => a - b);
    return keys.map((k) => [String(k), `${word(k)} (${counts.get(k)})`]);
  }

  select(name, word, options) {
    const value = this.wish[name];
    const shown = value === "" ? word : options.find(([key]) => key === value)[1];
    return el(
      "select",
      // As wide as what it says, not as its widest option.
      { class: value === "" ? "filter" : "filter on", style: { width: `${textWidth(shown, "13px") + 36}px` }, "aria-label": word, onchange: (event) => this.want({ [name]: event.target.value }) },
      el("option", { value: "" }, word),
      options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)),
    );
  }
}
