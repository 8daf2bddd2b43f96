// A table of grids by community, linked to the map both ways; its columns come from the page.

import { gridsByArea, grids, t } from "./data.js";
import { WASH } from "./colours.js";
import { el, said } from "./dom.js";
import { percent } from "./format.js";

/**
 * @param columns [{word, cell(grid) -> node or text, cls}], after the name.
 * @param summary (group) -> the text beside a community's name.
 * @param order sorts the grids in one list without communities, if given; of `list` instead of all.
 */
export function gridTable(stage, { caption, columns, summary, order, list = grids, swatch = true, empty }) {
  const rows = new Map();
  const span = columns.length + 1;
  const head = el(
    "thead",
    {},
    el("tr", {}, el("th", { scope: "col" }, t("grid")), columns.map((c) => el("th", { scope: "col", class: c.cls }, c.word))),
  );
  const table = el("table", { class: "grids" }, el("caption", { class: "sr" }, caption), head);
  const groups = order ? [{ name: "", grids: [...list].sort(order) }] : gridsByArea();
  for (const group of groups) {
    const body = el("tbody", {});
    if (group.name) {
      body.append(
        el("tr", { class: "group" }, el("th", { colspan: span, scope: "rowgroup" }, said(group.name), el("span", {}, summary(group)))),
      );
    }
    for (const grid of group.grids) {
      const row = gridRow(grid, columns, swatch);
      rows.set(grid.k, row);
      body.append(row);
    }
    table.append(body);
  }
  if (!grids.length && empty) table.append(el("tbody", {}, el("tr", {}, el("td", { colspan: span, class: "empty" }, empty))));
  link(stage, table, rows);
  return table;
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

/** Hover and choice go from rows to the map and back. */
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
    hovered = grid ? rows.get(grid.k) : null;
    if (hovered) hovered.classList.add("hovered");
  });
  let chosen = null;
  const before = stage.onChoose;
  stage.onChoose = (grid) => {
    if (chosen) mark(chosen, false);
    chosen = grid ? rows.get(grid.k) : null;
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
