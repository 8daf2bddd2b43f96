// A table of grids by community, linked to the map both ways; its columns come from the page.

import { gridsByArea, grids, t } from "./data.js";
import { WASH } from "./colours.js";
import { el, put, said, turn } from "./dom.js";
import { percent } from "./format.js";

// More rows than this are made when somebody wants to see them.
const WHOLE_UP_TO = 400;
const STEP = 100;
const AT_ONCE = 150; // sections
const finders = new WeakMap();

/**
 * @param columns [{word, cell(grid) -> node or text, cls}], after the name.
 * @param summary (group) -> the text beside a community's name.
 * @param order sorts the grids in one list without communities, if given; of `list` instead of all.
 */
export function gridTable(stage, { caption, columns, summary, order, list = grids, swatch = true, empty }) {
  const span = columns.length + 1;
  const head = el(
    "thead",
    {},
    el("tr", {}, el("th", { scope: "col" }, t("grid")), columns.map((c) => el("th", { scope: "col", class: c.cls }, c.word))),
  );
  const table = el("table", { class: "grids" }, el("caption", { class: "sr" }, caption), head);
  const groups = order ? [{ name: "", grids: [...list].sort(order) }] : gridsByArea();
  const large = groups.reduce((sum, group) => sum + group.grids.length, 0) > WHOLE_UP_TO;
  const rows = new Map();
  const make = (grid) => {
    if (!rows.has(grid.k)) rows.set(grid.k, gridRow(grid, columns, swatch));
    return rows.get(grid.k);
  };
  const sections = groups.map((group) => new Section(group, { make, span, large, about: () => summary(group) }));
  appendAll(table, sections);
  if (!grids.length && empty) table.append(el("tbody", {}, el("tr", {}, el("td", { colspan: span, class: "empty" }, empty))));
  finders.set(table, (test) => sections.reduce((sum, section) => sum + section.find(test), 0));
  link(stage, table, {
    find: (grid) => rows.get(grid.k),
    show: (grid) => {
      const section = sections.find((one) => one.grids.includes(grid));
      if (section) section.reveal(grid);
      return rows.get(grid.k);
    },
  });
  return table;
}

/** Puts the sections into the table; many of them some at a time, so that the page answers in between. */
async function appendAll(table, sections) {
  for (let i = 0; i < sections.length; i += AT_ONCE) {
    if (i) await turn();
    const some = sections.slice(i, i + AT_ONCE);
    for (const section of some) section.fill();
    table.append(...some.map((section) => section.body));
  }
}

/** Leaves the rows of a table whose grids pass a test (all if null); returns how many there are. */
export function findRows(table, test) {
  return finders.get(table)(test);
}

/** The rows of a community, or of the whole list; of a large table only those that somebody has asked for. */
class Section {
  constructor(group, { make, span, large, about }) {
    Object.assign(this, { all: group.grids, grids: group.grids, make, large, open: !large || !group.name, shown: large ? STEP : Infinity });
    this.body = el("tbody", {});
    Object.assign(this, { group, span, about });
  }

  /** The row with the name of the community. */
  makeHead() {
    const { group, large, span, about } = this;
    const name = large
      ? el("button", { type: "button", class: "group-name", "aria-expanded": String(this.open), onclick: () => this.turn(!this.open) }, said(group.name))
      : said(group.name);
    return el("tr", { class: "group" }, el("th", { colspan: span, scope: "rowgroup" }, name, el("span", {}, about())));
  }

  fill() {
    if (this.group.name && !this.head) this.head = this.makeHead();
    const list = this.open ? this.grids.slice(0, this.shown) : [];
    const rest = this.open ? this.grids.length - list.length : 0;
    put(this.body, this.grids.length ? this.head : null, list.map(this.make), rest ? this.more(rest) : null);
  }

  /** The row that stands for those that are not made yet. */
  more(rest) {
    const button = el("button", { type: "button", class: "link", onclick: () => this.grow() }, t("more_n", { n: rest }));
    return el("tr", { class: "more" }, el("td", { colspan: this.span }, button));
  }

  turn(open) {
    this.open = open;
    const button = this.head && this.head.querySelector("button");
    if (button) button.setAttribute("aria-expanded", String(open));
    this.fill();
  }

  grow() {
    const before = this.shown;
    this.shown += STEP;
    this.fill();
    this.body.querySelectorAll("tr.row button")[before].focus({ preventScroll: true });
  }

  /** Makes the row of a grid if it is not there. */
  reveal(grid) {
    const at = this.grids.indexOf(grid);
    if (this.open && at < this.shown) return;
    // A row far down a long list comes after those that are shown.
    if (at >= this.shown) {
      this.grids = [...this.grids.slice(0, this.shown), grid, ...this.grids.slice(this.shown).filter((one) => one !== grid)];
      this.shown += 1;
    }
    this.turn(true);
  }

  find(test) {
    this.grids = test ? this.all.filter(test) : this.all;
    if (this.large) {
      this.shown = STEP;
      this.turn(this.head ? Boolean(test) && this.grids.length > 0 : true);
    } else this.fill();
    return this.grids.length;
  }
}

function gridRow(grid, columns, swatch) {
  const name = el(
    "button",
    { type: "button", class: "row-name", "aria-pressed": "false" },
    swatch ? el("span", { class: "swatch", style: { background: WASH[grid.colour] } }) : null,
    said(grid.name),
  );
  return el(
    "tr",
    { class: "row", "data-grid": grid.k, title: grid.code },
    el("th", { scope: "row" }, name),
    columns.map((c) => el("td", { class: c.cls }, c.cell(grid))),
  );
}

/** Hover and choice go from rows to the map and back; `rows` finds the row of a grid, or shows it. */
function link(stage, table, rows) {
  const gridOf = (event) => {
    const row = event.target.closest("tr.row");
    return row ? grids[Number(row.dataset.grid)] : null;
  };
  table.addEventListener("mouseover", (event) => stage.hover(gridOf(event)));
  table.addEventListener("mouseleave", () => stage.hover(null));
  table.addEventListener("focusin", (event) => stage.hover(gridOf(event)));
  table.addEventListener("click", (event) => {
    const grid = gridOf(event);
    if (grid) stage.choose(grid, { zoom: true });
  });
  let hovered = null;
  stage.hoverListeners.push((grid) => {
    if (hovered) hovered.classList.remove("hovered");
    hovered = grid ? rows.find(grid) : null;
    if (hovered) hovered.classList.add("hovered");
  });
  let chosen = null;
  const before = stage.onChoose;
  stage.onChoose = (grid) => {
    if (chosen) mark(chosen, false);
    chosen = grid ? rows.show(grid) : null;
    if (chosen) {
      mark(chosen, true);
      chosen.scrollIntoView({ block: "nearest" });
    }
    before(grid);
  };
}

function mark(row, on) {
  row.classList.toggle("chosen", on);
  row.querySelector("button").setAttribute("aria-pressed", String(on));
}

/** A bar from the middle of a shared axis of ±`reach`, what is allowed shaded. */
export function deviationBar(value, side, tolerance, reach) {
  const at = (v) => 50 + (Math.max(-reach, Math.min(reach, v)) / reach) * 50;
  const cls = side > 0 ? "over" : side < 0 ? "under" : "within";
  const left = Math.min(at(value), 50);
  return el(
    "span",
    { class: "bar", "aria-hidden": "true" },
    el("i", { class: "bar-band", style: { left: `${at(-tolerance)}%`, width: `${at(tolerance) - at(-tolerance)}%` } }),
    el("i", { class: `bar-fill ${cls}`, style: { left: `${left}%`, width: `${Math.max(1.5, Math.abs(at(value) - 50))}%` } }),
    el("i", { class: "bar-zero" }),
  );
}

/** A bar from nothing to `most`, the required band shaded. */
export function bandBar(value, side, [low, high], most) {
  const cls = side > 0 ? "over" : side < 0 ? "under" : "within";
  return el(
    "span",
    { class: "bar", "aria-hidden": "true" },
    el("i", { class: "bar-band", style: { left: `${(low / most) * 100}%`, width: `${((high - low) / most) * 100}%` } }),
    el("i", { class: `bar-fill ${cls}`, style: { left: 0, width: `${(value / most) * 100}%` } }),
  );
}

/** A deviation in words and colour. */
export function deviationText(value, side) {
  return sideText(percent(value), side);
}

/** A figure with ▲ or ▼ if it is over or under what is allowed. */
export function sideText(text, side) {
  const cls = side > 0 ? "num over" : side < 0 ? "num under" : "num";
  const mark = side > 0 ? "▲ " : side < 0 ? "▼ " : "";
  return el("span", { class: cls }, mark, text);
}

/** The figures over a table: [[word, value, unit, class]]. */
export function figures(list, layout = "") {
  return el(
    "dl",
    { class: `figures ${layout}` },
    list.map(([word, value, unit, cls]) =>
      el("div", {}, el("dt", {}, word), el("dd", { class: cls }, value, unit ? el("small", {}, unit) : null)),
    ),
  );
}
