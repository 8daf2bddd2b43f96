// The coverage page: one measure at a time, of the place in figures, of its grids on the map and in a table beside it.

import { data, grids, latLng, planePoint, t } from "./data.js";
import { paintGround, paintNetwork } from "./basemap.js";
import { paintBorders, paintVeil } from "./borders.js";
import { pattern, stroke } from "./canvas.js";
import { DIVERGING, PAPER, SEQUENTIAL, TOO_FEW } from "./colours.js";
import { tableOf } from "./coveragecsv.js";
import { Finds } from "./coveragelists.js";
import { MEASURES, chosen, classesOf, colourOf, isOver, keptTarget, worstFirst } from "./coveragemeasures.js";
import { rows } from "./coveragerows.js";
import { SETTINGS } from "./coveragesettings.js";
import { announce, el, put, said } from "./dom.js";
import { csvText, save } from "./files.js";
import { makeDrawer } from "./drawer.js";
import { count, decimal, metres, percent, planName } from "./format.js";
import { Labels } from "./labels.js";
import { classes, fillLegend, item, lineItems, swatch } from "./legend.js";
import { keepLanguage } from "./shell.js";
import { Stage, meet, paintGrids, paper } from "./stage.js";
import { findRows, gridTable } from "./table.js";

const panel = document.getElementById("panel");
const NAMES = Object.keys(MEASURES);
const DARK = [SEQUENTIAL[4], DIVERGING[0], DIVERGING[4]];
const page = { name: "outside", stage: null, finds: null, labels: null, body: el("div", {}), scale: el("span", { class: "legend-scale" }) };

function measure() {
  return MEASURES[page.name];
}

function paint(ctx, view) {
  paper(ctx, view, PAPER);
  paintGrids(ctx, view, (grid) => colourOf(page.name, grid));
  if (measure().few) paintFew(ctx, view);
  paintGround(ctx, view, false);
  paintNetwork(ctx, view);
  paintVeil(ctx, view);
  paintBorders(ctx, view, false);
}

/** Dots over the grids that are not judged: grey alone could be taken for a class. */
function paintFew(ctx, view) {
  const dots = pattern(ctx, view, 6, (c) => {
    c.fillStyle = "#9aa4ae";
    c.beginPath();
    c.arc(3, 3, 1, 0, 7);
    c.fill();
  });
  paintGrids(ctx, view, (grid) => (measure().few(grid) ? dots : null));
}

function paintTop(ctx, view) {
  if (page.finds) page.finds.paint(ctx, view);
  if (page.name === "span") {
    for (const grid of grids) if (isOver(grid) && meet(grid.box, view.box)) stroke(ctx, view, grid.edge || grid.path, "#17222d", 2.4);
  }
  if (page.name !== "station") return;
  for (const station of data.stations) {
    const [x, y] = planePoint(...station.at);
    for (const [half, colour] of [[8, "#ffffff"], [6.5, "#1f5f95"], [2.5, "#ffffff"]]) {
      ctx.fillStyle = colour;
      ctx.fillRect(x - view.px(half), y - view.px(half), view.px(2 * half), view.px(2 * half));
    }
  }
}

/** The boxes of the stations in layer pixels: no name covers them. */
function signs() {
  if (page.name !== "station") return [];
  return data.stations.map((station) => {
    const { x, y } = page.stage.map.latLngToLayerPoint(latLng(...station.at));
    return [x - 10, y - 10, x + 10, y + 10];
  });
}

function start() {
  keepLanguage();
  chosen.target = keptTarget();
  makeDrawer(panel, "half");
  const { stage } = Object.assign(page, { stage: new Stage({ paint, paintTop, tip }) });
  stage.map.createPane("pins").style.zIndex = 600;
  page.finds = new Finds(stage, panel);
  page.labels = new Labels(stage.map, { second, light: (grid) => DARK.includes(colourOf(page.name, grid)), obstacles: signs });
  panel.append(head(), page.body);
  fillLegend(stage.map, [page.scale, ...lineItems()]);
  show(NAMES[0], false);
  for (const node of [panel, stage.map.getContainer()]) node.addEventListener("keydown", onKey);
  document.body.dataset.ready = "1";
}

/** N and Shift+N walk the list, while the map or the list has the focus. */
function onKey(event) {
  if (event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
  event.preventDefault();
  page.finds.walk(event.shiftKey ? -1 : 1);
}

function second(grid) {
  return measure().list ? null : { text: measure().text(grid), side: 0 };
}

function head() {
  return el(
    "section",
    { class: "block block-measures" },
    el("h1", {}, t("coverage_title")),
    el("p", { class: "state" }, said(planName(data.plan)), el("span", {}, t("coverage_grids", { n: count(grids.length) })), el("span", {}, t("n_households", { n: count(data.totals.households) }))),
    el("fieldset", { class: "measures" }, el("legend", { class: "sr" }, t("measure")), NAMES.map(card)),
  );
}

/** A measure to choose, with the place's total. */
function card(name) {
  const [figure, unit, small, tone] = MEASURES[name].total();
  const lacks = MEASURES[name].lack && MEASURES[name].lack();
  return el(
    "label",
    { class: "measure" },
    el("input", { type: "radio", name: "measure", value: name, checked: name === page.name, onchange: () => show(name) }),
    el(
      "span",
      { class: "measure-card" },
      el("span", { class: "measure-name" }, t(`measure_${name}`)),
      el("b", { class: lacks ? "quiet" : tone || "" }, lacks ? "–" : figure, lacks || !unit ? null : el("small", {}, unit)),
      el("span", { class: "measure-small" }, lacks ? t(`lack_${lacks}`) : small),
    ),
  );
}

/** Shows a measure: legend, map, sentences and table. */
function show(name, aloud = true) {
  page.name = name;
  const { stage, finds } = page;
  stage.hoverListeners.length = 0;
  stage.onChoose = () => {};
  stage.choose(null);
  finds.show(measure().list || null);
  const lacks = measure().lack && measure().lack();
  const told = el("div", { class: "told" });
  put(page.body, el("section", { class: "block" }, el("h2", {}, t(`measure_${name}`)), told), lacks ? null : [tools(), results()]);
  put(told, sentences().map((text) => el("p", { class: "note-told" }, text)), SETTINGS[name] && !lacks ? SETTINGS[name](changed) : null);
  redraw();
  if (aloud) announce(t("coverage_shown", { measure: t(`measure_${name}`), text: sentences().join(" ") }));
}

function sentences() {
  const lacks = measure().lack && measure().lack();
  return lacks ? [t(`lack_${lacks}`), t(`lack_${lacks}_how`)] : measure().told().filter(Boolean);
}

function redraw() {
  put(page.scale, scale());
  page.stage.repaint();
  page.labels.refresh();
}

/** A setting was changed: its measure is shown again, and the focus stays where it was. */
function changed(field) {
  show(page.name);
  const next = page.body.querySelector(`[name="${field}"]`);
  if (next) next.focus();
  panel.querySelector(`input[value="${page.name}"]`).closest(".measure").replaceWith(card(page.name));
}

/** Search and export. */
function tools() {
  const list = measure().list;
  const word = t(list === "uncovered" ? "search_building" : "search_grid");
  const search = el("input", { type: "search", class: "search", placeholder: word, "aria-label": word, oninput: (event) => find(event.target.value) });
  const csv = el("button", { type: "button", class: "btn", onclick: exportCsv }, t("export_csv"));
  return el("div", { class: "coverage-tools" }, list && !data[list].length ? null : search, csv);
}

function exportCsv() {
  const lines = tableOf(measure().list);
  save(`${measure().list ? page.name : "coverage"}.csv`, csvText(lines));
  announce(t("exported", { n: count(lines.length - 1) }));
}

function results() {
  if (measure().list) return page.finds.node;
  const { stage } = page;
  const value = (grid) => el("span", { class: "measured" }, el("i", { class: measure().few && measure().few(grid) ? "few" : "", style: { background: colourOf(page.name, grid) } }), el("span", { class: page.name === "span" && isOver(grid) ? "over strong" : "" }, page.name === "span" && isOver(grid) ? "▲ " : "", measure().text(grid)));
  return el(
    "section",
    { class: "block block-table" },
    gridTable(stage, {
      caption: t("coverage_sorted", { measure: t(`measure_${page.name}`) }),
      empty: t("no_grids"),
      swatch: false,
      order: worstFirst(page.name),
      columns: [{ word: t(`measure_${page.name}`), cell: value, cls: "num" }, ...measure().columns().map((column) => ({ cls: "num", ...column }))],
      summary: () => "",
    }),
    el("p", { class: "empty none", hidden: true }, t("found_none")),
  );
}

/** Leaves the rows whose name, code or vacant role has the text. */
function find(text) {
  const wanted = text.trim().toLowerCase();
  let left = 0;
  if (measure().list) left = page.finds.search(text);
  else {
    const has = (grid) => [grid.name, grid.code, ...(data.rows[grid.k] ? data.rows[grid.k].vacant : [])].some((s) => s.toLowerCase().includes(wanted));
    left = findRows(page.body.querySelector("table"), wanted ? has : null);
    page.body.querySelector(".none").hidden = left > 0 || !grids.length;
  }
  announce(t("found_n", { n: count(left) }));
}

function tip(grid) {
  const row = rows[grid.k];
  const facts = row
    ? [
        [t("households"), count(row.households)],
        [t("buildings"), count(row.buildings)],
        [t("workers"), count(row.people)],
        [t("span"), row.span === null ? t("nobody_there") : decimal(row.span, 0)],
        [t("rate"), row.judged ? decimal(row.rate) : t("too_few_short")],
        row.station === null ? null : [t("measure_station"), metres(row.station)],
        row.deviation === null ? null : [t("deviation"), percent(row.deviation)],
      ].filter(Boolean)
    : [[t("no_data"), ""]];
  return [
    el("b", {}, said(grid.name)),
    el("span", { class: "code" }, grid.code),
    el("dl", {}, facts.map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
    row && row.vacant.length ? el("p", {}, said(t("vacant_roles", { roles: row.vacant.join("、") }))) : null,
  ];
}

/** The signs of the measure that is shown. */
function scale() {
  if (measure().list === "uncovered") return item(swatch("#b42a1d"), t("uncovered"));
  if (measure().list) return item(el("span", { class: "disc disc-danger", "aria-hidden": "true" }, "1"), t("measure_seams"));
  const few = measure().few;
  const none = grids.some((grid) => measure().value(grid) === null && !(few && few(grid)));
  return [
    classes(...classesOf(page.name)),
    few && grids.some(few) ? item(swatch(TOO_FEW, "few"), t("too_few")) : null,
    none ? item(swatch("#FBFAF5"), t(measure().none || "no_data")) : null,
    page.name === "span" && chosen.target ? item(swatch("#ffffff", "strong"), t("over_target")) : null,
    page.name === "station" && data.stations.length ? item(el("span", { class: "station-sign", "aria-hidden": "true" }), t("station")) : null,
  ];
}

start();
