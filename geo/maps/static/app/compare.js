// The comparison: two maps that move as one, what moved between them hatched, and one panel with the figures of both.

import { areaName, data, decode, grids, gridsOf, t, trace } from "./data.js";
import { paintGround, paintNetwork } from "./basemap.js";
import { Borders, borders, paintBorders, paintVeil } from "./borders.js";
import { stroke } from "./canvas.js";
import { PAPER, WASH } from "./colours.js";
import { el, put, said } from "./dom.js";
import { makeDrawer, setDrawer } from "./drawer.js";
import { hatch } from "./hatch.js";
import { count, decimal, people, percent, planName, share } from "./format.js";
import { Labels } from "./labels.js";
import { fillLegend, item, lineItems, swatch } from "./legend.js";
import { keepLanguage } from "./shell.js";
import { Stage, paintGrids, paper } from "./stage.js";

const SHOWN = 12;
const old = gridsOf(data.a.grids);
const moved = data.units.rings.map((flats, k) => {
  const path = new Path2D();
  for (const flat of flats) trace(path, decode(flat), true);
  return { k, path, from: data.from[k], to: data.to[k], weight: data.units.weight[k], households: data.units.households && data.units.households[k] };
});
const sides = [
  { key: "a", list: old, net: new Borders(data.a.arcs, old), told: data.a },
  { key: "b", list: grids, net: borders, told: data.b },
];
let layer = true;
let flow = null;

function start() {
  keepLanguage();
  keepPair();
  const panel = document.getElementById("panel");
  makeDrawer(panel, "half");
  sides.forEach((side, i) => {
    const map = i ? window.wangge.map : secondMap();
    side.stage = new Stage({
      map,
      list: side.list,
      // On phones the maps stand above the sheet, which covers nothing of them.
      covered: () => 0,
      paint: (ctx, view) => paint(ctx, view, side),
      tip: (grid) => tip(grid, side),
      onChoose: (grid) => grid && twin(grid, side),
    });
    side.labels = new Labels(map, {
      list: side.list,
      second: (grid) => ({ text: people(grid.weight, data.measure), side: side.told.side[grid.k] }),
    });
    map.getContainer().append(el("p", { class: "float side-name" }, el("b", {}, side.key.toUpperCase()), said(name(side.told))));
  });
  together(sides[0].stage.map, sides[1].stage.map);
  panel.append(head(), figuresTable(), flows(), issuesBlock());
  legend();
  sides[1].stage.fit(false);
  for (const side of sides) side.labels.refresh();
  document.body.dataset.ready = "1";
}

/** The left map, beside the one that the page came with. */
function secondMap() {
  const right = document.getElementById("map_sheet");
  const left = el("div", { id: "map_left", class: "map" });
  const both = el("div", { class: "twins" });
  right.parentNode.insertBefore(both, right);
  both.append(left, right);
  const { options } = window.wangge.map;
  const map = L.map(left, { ...options, zoomControl: false, attributionControl: false });
  map.setView(window.wangge.map.getCenter(), window.wangge.map.getZoom());
  map.createPane("pins").style.zIndex = 600;
  window.wangge.map.invalidateSize({ animate: false });
  left.setAttribute("role", "application");
  right.setAttribute("role", "application");
  left.setAttribute("aria-label", t("map_of", { name: name(data.a) }));
  right.setAttribute("aria-label", t("map_of", { name: name(data.b) }));
  return map;
}

/** Each map follows the other, without answering its own echo. */
function together(a, b) {
  let leading = null;
  for (const [from, to] of [[a, b], [b, a]]) {
    from.on("move zoomanim", (event) => {
      if (leading === to) return;
      leading = from;
      const centre = event.center || from.getCenter();
      to.setView(centre, event.zoom || from.getZoom(), { animate: false });
      leading = null;
    });
  }
}

function paint(ctx, view, side) {
  paper(ctx, view, PAPER);
  paintGrids(ctx, view, (grid) => WASH[grid.colour], side.list);
  paintGround(ctx, view, false);
  paintNetwork(ctx, view);
  if (layer) paintMoved(ctx, view);
  paintVeil(ctx, view);
  paintBorders(ctx, view, false, side.net);
}

/** Moved units in the colour of their new grid, hatched, with an ink outline. */
function paintMoved(ctx, view) {
  const lines = hatch(ctx, view, 8, "rgba(23,34,45,.62)", 1.3);
  for (const unit of moved) {
    ctx.fillStyle = unit.to >= 0 ? WASH[grids[unit.to].colour] : "#ffffff";
    ctx.fill(unit.path, "evenodd");
    ctx.fillStyle = lines;
    ctx.fill(unit.path, "evenodd");
  }
  for (const unit of moved) {
    const strong = flow && flow.from === unit.from && flow.to === unit.to;
    stroke(ctx, view, unit.path, "#ffffff", strong ? 6 : 3.6);
    stroke(ctx, view, unit.path, strong ? "#1f5f95" : "#17222d", strong ? 3.4 : 2);
  }
}

function name(told) {
  const found = data.choices.find(([key]) => key === told.key);
  return told.key.startsWith("d") ? (found ? found[1] : told.key) : planName(told.plan);
}

function head() {
  const choose = (key) =>
    el(
      "label",
      { class: "pair" },
      el("b", {}, key.toUpperCase()),
      el(
        "select",
        { "aria-label": t(`plan_${key}`), onchange: (event) => go(key, event.target.value) },
        data.choices.map(([value, word, state]) =>
          el("option", { value, selected: value === data[key].key ? "" : null }, `${planName({ name: word })} · ${t(`state_${state}`)}`),
        ),
      ),
    );
  const toggle = el(
    "button",
    {
      type: "button", class: "btn", "aria-pressed": "true",
      onclick: () => {
        layer = !layer;
        toggle.setAttribute("aria-pressed", String(layer));
        for (const side of sides) side.stage.sheet.repaint();
      },
    },
    t("difference_layer"),
  );
  return el("section", { class: "block block-plan" }, el("h1", {}, t("nav_compare")), choose("a"), choose("b"), toggle);
}

function go(key, value) {
  const url = new URL(window.location.href);
  url.searchParams.set("a", data.a.key);
  url.searchParams.set("b", data.b.key);
  url.searchParams.set(key, value);
  window.location.assign(url.pathname + url.search);
}

/** The switch of the language keeps the pair that is compared. */
function keepPair() {
  for (const link of document.querySelectorAll(".langs a")) {
    link.setAttribute("href", `?${new URLSearchParams({ a: data.a.key, b: data.b.key, lang: link.hreflang })}`);
  }
}

/** What moved, then the figures of both, one beside the other. */
function figuresTable() {
  const { weight, households } = data.moved;
  const rows = [
    [t("grids"), (s) => count(s.list.length)],
    [t(`sum_${data.measure}`), (s) => count(sum(s.list))],
    [t("mean"), (s) => count(s.list.length ? sum(s.list) / s.list.length : 0)],
    [t("max_deviation"), (s) => percent(worst(s.told.deviation))],
    [t("out_of_band"), (s) => count(s.told.side.filter(Boolean).length)],
    [t("compactness"), (s) => decimal(s.told.compactness, 2)],
  ];
  const moves = [t("moved_units_n", { n: count(moved.length) })];
  if (data.measure !== "households" && households) moves.push(t("n_households", { n: count(households[0]) }));
  moves.push(`${people(weight[0], data.measure)}${weight[1] ? ` (${share(weight[0] / weight[1], 1)})` : ""}`);
  return el(
    "section",
    { class: "block" },
    el("h2", {}, t("moved_head")),
    el("p", { class: "moved-sum" }, moves.join(" · ")),
    el(
      "table",
      { class: "pairs" },
      el("caption", { class: "sr" }, t("figures_of_both")),
      el("thead", {}, el("tr", {}, el("td", {}), el("th", { scope: "col" }, "A"), el("th", { scope: "col" }, "B"))),
      el("tbody", {}, rows.map(([word, cell]) => el("tr", {}, el("th", { scope: "row" }, word), sides.map((side) => el("td", { class: "num" }, cell(side)))))),
    ),
  );
}

/** Who gives to whom, most first; a row shows its units. */
function flows() {
  const groups = new Map();
  for (const unit of moved) {
    const key = `${unit.from}>${unit.to}`;
    if (!groups.has(key)) groups.set(key, { from: unit.from, to: unit.to, n: 0, weight: 0, units: [] });
    const group = groups.get(key);
    group.n += 1;
    group.weight += unit.weight;
    group.units.push(unit);
  }
  const list = [...groups.values()].sort((a, b) => b.weight - a.weight);
  const body = el("ul", { class: "flows" });
  const fill = (all) =>
    put(
      body,
      list.slice(0, all ? list.length : SHOWN).map((group) =>
        el(
          "li",
          {},
          el(
            "button",
            { type: "button", class: "flow", onclick: () => show(group) },
            el("span", {}, gridName(old, group.from), " → ", gridName(grids, group.to)),
            el("span", { class: "num" }, t("n_units", { n: group.n }), " · ", people(group.weight, data.measure)),
          ),
        ),
      ),
    );
  fill(false);
  const more = el("button", { type: "button", class: "link", hidden: list.length > SHOWN ? null : "", onclick: () => {
    fill(true);
    more.hidden = true;
  } }, t("more_n", { n: list.length - SHOWN }));
  return el("section", { class: "block" }, el("h2", {}, t("flows")), list.length ? body : el("p", { class: "empty" }, t("nothing_moved")), more);
}

function gridName(list, k) {
  return said(k >= 0 && list[k] ? list[k].name : t("no_grid"));
}

function show(group) {
  flow = group;
  const grid = group.to >= 0 ? grids[group.to] : old[group.from];
  if (window.matchMedia("(max-width: 767px)").matches) setDrawer(document.getElementById("panel"), "half");
  sides[1].stage.zoomTo(grid);
  for (const side of sides) side.stage.sheet.repaint();
}

function issuesBlock() {
  const [open, changing] = data.moved.issues;
  return el(
    "section",
    { class: "block" },
    el("h2", {}, t("issues_change")),
    el("p", { class: "moved-sum" }, t("issues_change_n", { n: count(changing), all: count(open) })),
    el("ul", { class: "flows" }, data.moved.flows.slice(0, SHOWN).map(([from, to, n]) => el("li", { class: "flow" }, el("span", {}, gridName(old, from), " → ", gridName(grids, to)), el("span", { class: "num" }, t("n_issues", { n }))))),
  );
}

/** A grid that is chosen on one map is shown on the other too, by its code. */
function twin(grid, side) {
  const other = sides.find((one) => one !== side);
  other.stage.chosen = other.list.find((one) => one.code === grid.code) || null;
  other.stage.top.repaint();
}

function tip(grid, side) {
  return [
    el("b", {}, said(grid.name)),
    el("span", { class: "code" }, grid.code, " ", said(areaName(grid.parent))),
    el("dl", {}, el("div", {}, el("dt", {}, t(`sum_${data.measure}`)), el("dd", {}, count(grid.weight))), el("div", {}, el("dt", {}, t("deviation")), el("dd", {}, percent(side.told.deviation[grid.k])))),
  ];
}

function sum(list) {
  return list.reduce((total, grid) => total + grid.weight, 0);
}

function worst(list) {
  return list.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
}

function legend() {
  const sign = item(swatch("#ffffff", "hatch-moved"), t("legend_moved"));
  fillLegend(sides[1].stage.map, [...lineItems(), sign, el("span", { class: "legend-note" }, t("colours_mean_nothing"))]);
}

start();
