// The table of a draft: a row for each grid by community. A step replaces the rows whose figures it changed, no others.

import { data, grids, gridsByArea, t } from "./data.js";
import { WASH } from "./colours.js";
import { el, put, said } from "./dom.js";
import { state, labelOf } from "./drawing.js";
import { count, people, percent } from "./format.js";
import { padlock } from "./icons.js";
import { bandBar, deviationBar, deviationText, sideText } from "./table.js";

// Rows made before the first paint; the rest follow in portions, so that nothing waits for thousands of rows.
const AT_ONCE = 240;

export class Rows {
  constructor(node) {
    this.node = node;
    this.list = new Map(); // label -> row
    this.keys = new Map(); // label -> what the row says
    this.later = 0;
  }

  /** Brings the table up to the drawing: anew where grids came or went, else only rows that say something else. */
  render(lockAll) {
    const groups = gridsByArea();
    const names = groups.map((group) => `${group.name}:${group.grids.map((grid) => grid.k)}`).join("|");
    this.reach = Math.max(0.15, data.tolerance * 2);
    this.most = Math.max(0, ...groups.flatMap((group) => group.grids.map((grid) => grid.weight)), state.band[1]) * 1.02;
    this.held = heldUnits();
    if (names !== this.names) this.build(groups, names, lockAll);
    else this.renew(groups);
  }

  build(groups, names, lockAll) {
    clearTimeout(this.later);
    this.names = names;
    this.list.clear();
    this.keys.clear();
    this.sums = new Map();
    const head = [
      el("th", { scope: "col" }, t("grid")),
      el("th", { scope: "col", class: "num" }, t(`sum_${data.measure}`)),
      el("th", { scope: "col", class: "bar-cell" }, data.band ? t("band_reach", { low: count(data.band[0]), high: count(data.band[1]) }) : t("deviation_reach", { reach: Math.round(this.reach * 100) })),
      el("th", { scope: "col", class: "num" }, el("span", { class: "sr" }, t("deviation"))),
      el("th", { scope: "col" }, (this.all = el("button", { type: "button", class: "lock", "data-part": "lock-all", onclick: lockAll }))),
    ];
    const table = el("table", { class: "grids" }, el("caption", { class: "sr" }, t("edit_caption")), el("thead", {}, el("tr", {}, head)));
    put(this.node, table);
    const waiting = groups.flatMap((group) => {
      const sum = el("span", {});
      this.sums.set(group.area, sum);
      const body = el("tbody", {}, el("tr", { class: "group" }, el("th", { colspan: 5, scope: "rowgroup" }, said(group.name), sum)));
      table.append(body);
      return group.grids.map((grid) => [grid, body]);
    });
    this.fill(waiting, 0);
    this.headings(groups);
  }

  fill(waiting, from) {
    for (const [grid, body] of waiting.slice(from, from + AT_ONCE)) {
      this.list.set(grid.k, this.row(grid));
      this.keys.set(grid.k, this.keyOf(grid));
      body.append(this.list.get(grid.k));
    }
    if (from + AT_ONCE < waiting.length) this.later = setTimeout(() => this.fill(waiting, from + AT_ONCE), 30);
  }

  renew(groups) {
    for (const [k, row] of this.list) {
      const key = this.keyOf(grids[k]);
      if (key === this.keys.get(k)) continue;
      const fresh = this.row(grids[k]);
      fresh.hidden = row.hidden;
      row.replaceWith(fresh);
      this.list.set(k, fresh);
      this.keys.set(k, key);
    }
    this.headings(groups);
  }

  headings(groups) {
    for (const group of groups) {
      const sum = people(group.grids.reduce((s, g) => s + g.weight, 0), data.measure);
      put(this.sums.get(group.area), t("group_summary", { n: group.grids.length, sum }));
    }
    const shut = groups.every((group) => group.grids.every((grid) => state.lockedGrids.has(grid.k)));
    const word = t(shut ? "unlock_all" : "lock_all");
    put(this.all, padlock(shut));
    this.all.setAttribute("aria-label", word);
    this.all.title = word;
  }

  keyOf(grid) {
    const parts = [grid.name, grid.weight, data.side[grid.k], data.deviation[grid.k], grid.colour, state.lockedGrids.has(grid.k), this.held.get(grid.k)];
    // Bars of a band share one axis, whose end is the largest grid.
    return [...parts, data.band ? this.most : 0].join("|");
  }

  row(grid) {
    const side = data.side[grid.k];
    const bar = data.band ? bandBar(grid.weight, side, state.band, this.most) : deviationBar(data.deviation[grid.k], side, data.tolerance, this.reach);
    return el(
      "tr",
      { class: "row", "data-grid": grid.k, title: grid.code || grid.name },
      el("th", { scope: "row" }, el("button", { type: "button", class: "row-name", "aria-pressed": "false" }, el("span", { class: "swatch", style: { background: WASH[grid.colour] } }), said(grid.name))),
      el("td", { class: "num" }, data.band ? sideText(count(grid.weight), side) : count(grid.weight)),
      el("td", { class: "bar-cell" }, bar),
      el("td", { class: "num" }, data.band ? percent(data.deviation[grid.k]) : deviationText(data.deviation[grid.k], side)),
      el("td", {}, this.lock(grid)),
    );
  }

  /** The padlock of a grid; where only some units are locked it says how many. */
  lock(grid) {
    const shut = state.lockedGrids.has(grid.k);
    const held = shut ? 0 : this.held.get(grid.k) || 0;
    const word = t(shut ? "unlock_grid" : "lock_grid", { grid: grid.name }) + (held ? t("partly_locked", { n: held }) : "");
    return el(
      "button",
      { type: "button", class: shut ? "lock shut" : held ? "lock partly" : "lock", "aria-pressed": String(shut), "data-held": held || null, "aria-label": word, title: word },
      padlock(shut),
    );
  }

  /** Where a weight stands on the bars, in percent. */
  place(weight) {
    if (data.band) return Math.min(100, (weight / this.most) * 100);
    const value = state.totals.ideal ? (weight - state.totals.ideal) / state.totals.ideal : 0;
    return 50 + (Math.max(-this.reach, Math.min(this.reach, value)) / this.reach) * 50;
  }
}

/** How many units of each grid are locked by themselves. */
function heldUnits() {
  const found = new Map();
  for (const k of state.lockedUnits) found.set(labelOf[k], (found.get(labelOf[k]) || 0) + 1);
  return found;
}
