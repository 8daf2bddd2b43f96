// The filters of the dispatcher's list in one line: each offers what there is, with counts; what a link asked for has a chip.

import { data, grids, t } from "./data.js";
import { el, put, said, textWidth } from "./dom.js";
import { count } from "./format.js";
import { categoryName, departmentName } from "./board.js";

const DAYS = ["1", "7", "30", "90", "365"];
const CUSTOM = "custom";

export class Filters {
  /** `wanted(options)` asks anew. */
  constructor(board, wanted) {
    Object.assign(this, { board, wanted });
    this.node = el("div", { class: "filters" });
    this.range = el("div", { class: "range", hidden: true });
    this.chips = el("div", { class: "wish-chips", hidden: true });
    this.custom = false;
    this.gridNames = new Map(grids.map((grid) => [grid.code, grid.name]));
    this.areaNames = new Map(data.areas.code.map((code, k) => [code, data.areas.name[k]]));
  }

  /** Another wish: what just these issues were asked for no longer counts. */
  want(change, options) {
    Object.assign(this.board.wish, change);
    this.board.only = null;
    this.board.hotspot = null;
    this.wanted(options);
  }

  show(options) {
    const { wish } = this.board;
    const { activeElement } = document;
    const focused = this.node.contains(activeElement) ? activeElement.getAttribute("aria-label") || activeElement.textContent : null;
    const named = (name, nameOf) => options[name].map(([code, n]) => [code, `${nameOf(code)} (${count(n)})`]);
    put(
      this.node,
      this.toggle(t("follow_map"), this.board.follow, () => {
        this.board.follow = !this.board.follow;
        this.want({}, { moved: true });
      }),
      this.select("category", t("any_category"), named("category", categoryName)),
      this.select("department", t("any_department"), named("department", departmentName)),
      this.select("grids", t("any_grid"), named("grid", (code) => this.gridNames.get(code) || code)),
      this.time(options.days),
      this.toggle(t("with_closed"), wish.closed, () => this.want({ closed: !wish.closed, tab: wish.tab === "closed" ? "all" : wish.tab }, { moved: true })),
    );
    for (const node of this.node.children) {
      if (focused && (node.getAttribute("aria-label") || node.textContent) === focused) node.focus();
    }
    this.showChips();
    this.showRange();
  }

  toggle(word, on, act) {
    return el("button", { type: "button", class: "toggle", "aria-pressed": String(on), onclick: act }, word);
  }

  select(name, word, options) {
    return this.list(word, this.board.wish[name], options, (value) => this.want({ [name]: value }));
  }

  list(word, held, options, pick) {
    const value = String(held);
    const found = options.find(([key]) => key === value);
    const shown = value === "" ? word : found ? found[1] : this.wordsOf(value);
    return el(
      "select",
      {
        class: value === "" ? "filter" : "filter on",
        // As wide as what it says, not as its widest option.
        style: { width: `${Math.min(150, textWidth(shown, "13px") + 24)}px` },
        "aria-label": word,
        onchange: (event) => pick(event.target.value),
      },
      el("option", { value: "" }, word),
      value !== "" && !found ? el("option", { value, selected: true }, shown) : null,
      options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)),
    );
  }

  /** What a link asked for that is not on offer here. */
  wordsOf(value) {
    const codes = value.split(",");
    if (codes.length > 1) return t("n_grids", { n: count(codes.length) });
    return this.gridNames.get(value) || value.split("/").pop();
  }

  time(counts) {
    const { wish } = this.board;
    const by = new Map(counts);
    const options = DAYS.map((n) => [n, `${t("last_days", { n })} (${count(by.get(n) || 0)})`]);
    options.push([CUSTOM, t("days_custom")]);
    const held = wish.since || wish.until || this.custom ? CUSTOM : wish.days;
    return this.list(t("any_time"), held, options, (value) => {
      this.custom = value === CUSTOM;
      if (this.custom) {
        Object.assign(wish, { days: "" });
        this.showRange();
        this.range.querySelector("input").focus();
      } else this.want({ days: value, since: "", until: "" });
    });
  }

  showRange() {
    const { wish } = this.board;
    this.range.hidden = !(this.custom || wish.since || wish.until);
    if (this.range.hidden || this.range.contains(document.activeElement)) return;
    const input = (field, word) =>
      el("label", {}, el("span", {}, word), el("input", { type: "date", class: "field", value: wish[field], onchange: (event) => this.want({ [field]: event.target.value, days: "" }) }));
    put(this.range, input("since", t("days_from")), input("until", t("days_to")));
  }

  /** What narrows the list and stands in no list above. */
  showChips() {
    const { wish } = this.board;
    const chips = [];
    if (wish.community) chips.push([this.areaNames.get(wish.community) || wish.community, { community: "" }]);
    put(
      this.chips,
      chips.map(([word, change]) => el("button", { type: "button", class: "toggle", "aria-pressed": "true", "aria-label": t("filter_off", { name: word }), onclick: () => this.want(change) }, said(word), " ×")),
    );
    this.chips.hidden = !chips.length;
  }
}
