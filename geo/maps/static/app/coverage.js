// The coverage page: how each grid is served, and what no grid covers.

import { data, decode, grids, planePoint, t, trace } from "./data.js";
import { paintGround, paintNetwork } from "./basemap.js";
import { paintBorders, paintVeil } from "./borders.js";
import { stroke } from "./canvas.js";
import { PAPER, SEQUENTIAL, classOf } from "./colours.js";
import { el, said } from "./dom.js";
import { makeDrawer } from "./drawer.js";
import { area, count, decimal, planName } from "./format.js";
import { Labels } from "./labels.js";
import { classes, fillLegend, item, lineItems, swatch } from "./legend.js";
import { keepLanguage } from "./shell.js";
import { Stage, paintGrids, paper } from "./stage.js";
import { figures, gridTable } from "./table.js";

const panel = document.getElementById("panel");
const NO_DATA = "#FBFAF5";
const MEASURES = ["span", "rate"];
let measure = "span";
let stage = null;

const lone = data.uncovered.map((building) => {
  const path = new Path2D();
  for (const flat of building.rings) trace(path, decode(flat), true);
  return { ...building, path, point: planePoint(...building.at) };
});

function valueOf(grid, name = measure) {
  const row = data.rows[grid.k];
  return row ? row[name] : null;
}

/** The shades in use: fewer classes take shades that are further apart. */
function shades(n) {
  return n >= 4 ? SEQUENTIAL.slice(0, n + 1) : [[SEQUENTIAL[1]], [0, 3], [0, 2, 4], [0, 1, 3, 4]][n].map((k) => (typeof k === "string" ? k : SEQUENTIAL[k]));
}

function colourOf(grid) {
  const value = valueOf(grid);
  const breaks = data.breaks[measure];
  return value === null ? NO_DATA : shades(breaks.length)[classOf(value, breaks)];
}

function paint(ctx, view) {
  paper(ctx, view, PAPER);
  paintGrids(ctx, view, colourOf);
  paintGround(ctx, view, false);
  paintNetwork(ctx, view);
  paintVeil(ctx, view);
  paintBorders(ctx, view, false);
}

function paintTop(ctx, view) {
  for (const building of lone) {
    ctx.fillStyle = "#b42a1d";
    ctx.fill(building.path, "evenodd");
    const ring = new Path2D();
    ring.arc(building.point[0], building.point[1], view.px(9), 0, 7);
    stroke(ctx, view, ring, "#ffffff", 4.5);
    stroke(ctx, view, ring, "#b42a1d", 2);
  }
}

function text(grid, name) {
  const value = valueOf(grid, name);
  return value === null ? t("no_data") : decimal(value);
}

function start() {
  keepLanguage();
  makeDrawer(panel, "half");
  stage = new Stage({ paint, paintTop, tip });
  new Labels(stage.map, { second: (grid) => ({ text: text(grid, measure), side: 0 }), light: (grid) => colourOf(grid) === SEQUENTIAL[4] }).refresh();
  panel.append(head(), uncovered(), table());
  legend();
  document.body.dataset.ready = "1";
}

function head() {
  const rows = data.rows.filter(Boolean);
  const vacant = rows.reduce((sum, row) => sum + row.vacant.length, 0);
  const households = rows.reduce((sum, row) => sum + row.households, 0);
  return el(
    "section",
    { class: "block" },
    el("h1", {}, t("coverage_title")),
    el("p", { class: "state" }, said(planName(data.plan))),
    figures([
      [t("grids"), count(grids.length)],
      [t("households"), count(households)],
      [t("vacant"), count(vacant), "", vacant ? "over" : ""],
      [t("uncovered"), count(lone.length), "", lone.length ? "danger" : ""],
    ]),
  );
}

function uncovered() {
  const seamless = !data.gap && !data.overlap;
  const list = lone.slice(0, 30).map((building) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "fault", onclick: () => stage.centre(building.point, 17) },
        el("span", { class: "disc disc-danger" }, "!"),
        el("span", {}, said(building.name), building.households === null ? "" : ` · ${t("uncovered_households", { n: count(building.households) })}`),
      ),
    ),
  );
  return el(
    "section",
    { class: "block" },
    el("h2", {}, t("uncovered")),
    lone.length
      ? [el("p", { class: "note" }, t("uncovered_n", { n: count(lone.length) })), el("ol", { class: "faults" }, list)]
      : el("p", { class: "empty ok" }, t("uncovered_none")),
    seamless
      ? el("p", { class: "empty ok" }, t("seamless"))
      : el("p", { class: "note danger-text" }, `${t("gap")} ${area(data.gap)} · ${t("overlap")} ${area(data.overlap)}`),
  );
}

function table() {
  return el(
    "section",
    { class: "block block-table" },
    gridTable(stage, {
      caption: t("coverage_caption"),
      empty: t("no_grids"),
      swatch: false,
      columns: [
        { word: t("households"), cls: "num", cell: (grid) => count(data.rows[grid.k] && data.rows[grid.k].households) },
        { word: t("span_short"), cls: "num", cell: (grid) => text(grid, "span") },
        { word: t("rate_short"), cls: "num", cell: (grid) => text(grid, "rate") },
        { word: t("vacant"), cls: "num", cell: vacancy },
      ],
      summary: (group) =>
        t("group_summary", { n: group.grids.length, sum: t("n_households", { n: count(group.grids.reduce((s, g) => s + (data.rows[g.k] ? data.rows[g.k].households : 0), 0)) }) }),
    }),
  );
}

function vacancy(grid) {
  const row = data.rows[grid.k];
  if (!row || !row.vacant.length) return "";
  return el("span", { class: "chip chip-warn", title: row.vacant.join("、") }, t("vacant_n", { n: row.vacant.length }));
}

function tip(grid) {
  const row = data.rows[grid.k];
  const facts = row
    ? [
        [t("households"), count(row.households)],
        [t("residents"), count(row.residents)],
        [t("buildings"), count(row.buildings)],
        [t("posts"), count(row.posts)],
        [t("span"), text(grid, "span")],
        [t("open_or_all_issues"), count(row.issues)],
        [t("rate"), text(grid, "rate")],
      ]
    : [[t("no_data"), ""]];
  return [
    el("b", {}, said(grid.name)),
    el("span", { class: "code" }, grid.code),
    el("dl", {}, facts.map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
    row && row.vacant.length ? el("p", {}, said(t("vacant_roles", { roles: row.vacant.join("、") }))) : null,
  ];
}

function scale() {
  const breaks = data.breaks[measure];
  const n = (value) => decimal(value, value % 1 ? 1 : 0);
  const words = breaks.map((limit, i) => (i ? t("between", { a: n(breaks[i - 1]), b: n(limit) }) : t("less_than", { n: n(limit) })));
  words.push(breaks.length ? t("at_least", { n: n(breaks[breaks.length - 1]) }) : t("all"));
  return classes(shades(breaks.length), words);
}

function legend() {
  const holder = el("span", {}, scale());
  const select = el(
    "select",
    {
      class: "fill-choice",
      "aria-label": t("fill"),
      onchange: (event) => {
        measure = event.target.value;
        holder.textContent = "";
        holder.append(scale());
        stage.repaint();
        stage.map.fire("moveend");
      },
    },
    MEASURES.map((name) => el("option", { value: name }, t(`fill_${name}`))),
  );
  const missing = grids.some((grid) => valueOf(grid) === null) ? [item(swatch(NO_DATA), t("no_data"))] : [];
  const alone = lone.length ? [item(swatch("#b42a1d"), t("uncovered"))] : [];
  fillLegend(stage.map, [holder, ...missing, ...alone, ...lineItems()], select);
}

start();
