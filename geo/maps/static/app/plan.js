// The plan page: a plan's grids on the map, its balance, what is to be resolved, and every grid in a table.

import { areaName, data, grids, t } from "./data.js";
import { hasLayer, paintGround, paintNetwork } from "./basemap.js";
import { paintBorders, paintUnits, paintVeil } from "./borders.js";
import { DIVERGING, PAPER, WASH, classOf } from "./colours.js";
import { el, put, said } from "./dom.js";
import { makeDrawer } from "./drawer.js";
import { count, day, people, percent, planName } from "./format.js";
import { Faults } from "./faults.js";
import { Labels } from "./labels.js";
import { classes, fillLegend, groundItem, lineItems, swatch } from "./legend.js";
import { planActions } from "./planactions.js";
import { PlanIssues } from "./planissues.js";
import { PlanMany } from "./planmany.js";
import { gridOfAddress, sheetLink, writeGrid } from "./gridlink.js";
import { keepLanguage } from "./shell.js";
import { Stage, paintGrids, paper } from "./stage.js";
import { balanceStrip } from "./strip.js";
import { bandBar, deviationBar, deviationText, figures, gridTable, sideText } from "./table.js";

const panel = document.getElementById("panel");
let fill = "grid";
let stage = null;
let labels = null;
let issues = null;

const edge = data.tolerance >= 0.1 ? 2 * data.tolerance : 0.1;
const limits = [-edge, -data.tolerance, data.tolerance, edge];

function colourOf(grid) {
  if (fill === "grid") return WASH[grid.colour];
  const value = data.deviation[grid.k];
  // The tolerance counts as within on both sides.
  return DIVERGING[classOf(value - (value > 0 ? 1e-9 : -1e-9), limits)];
}

function paint(ctx, view) {
  paper(ctx, view, PAPER);
  paintGrids(ctx, view, colourOf);
  paintGround(ctx, view, false);
  paintNetwork(ctx, view);
  paintUnits(ctx, view);
  paintVeil(ctx, view);
  paintBorders(ctx, view, false);
}

/** What a grid is judged by: its weight where a band is required, else its deviation. */
function second(grid) {
  const text = data.band ? people(grid.weight, data.measure) : percent(data.deviation[grid.k]);
  return { text, side: data.side[grid.k] };
}

function start() {
  keepLanguage();
  makeDrawer(panel, "half");
  const faulty = new Set(data.violations.flatMap((fault) => fault.grids));
  stage = new Stage({ paint, paintTop: (ctx, view) => issues && issues.paint(ctx, view), tip, onChoose: showCard });
  issues = new (data.many ? PlanMany : PlanIssues)(stage, panel, () => labels && labels.refresh());
  const faults = new Faults(stage, panel, () => labels && labels.refresh());
  labels = new Labels(stage.map, {
    second,
    first: (grid) => (grid === stage.chosen ? 2 : faulty.has(grid.k) ? 1 : 0),
    light: (grid) => [DIVERGING[0], DIVERGING[4]].includes(colourOf(grid)),
    obstacles: () => faults.boxes(),
    avoid: () => issues.boxes(),
  });
  panel.append(issues.card, head(), balance(), faults.section(), table());
  legend();
  follow();
  document.body.dataset.ready = "1";
}

/** Shows the grid that the address names; one that this plan does not have is said. */
function follow() {
  const { code, grid } = gridOfAddress();
  if (grid) {
    stage.choose(grid);
    stage.zoomTo(grid, false);
  } else if (code) panel.prepend(el("p", { class: "grid-missing", role: "alert" }, said(t("grid_missing", { code }))));
}

function head() {
  const plan = data.plan;
  const dates = [];
  if (plan.effective) dates.push(t("from_day", { day: day(plan.effective) }));
  if (plan.retired) dates.push(t("until_day", { day: day(plan.retired) }));
  const total = grids.reduce((sum, grid) => sum + grid.weight, 0);
  const unit = t(`unit_${data.measure}`);
  return el(
    "section",
    { class: "block block-plan" },
    el("h1", {}, said(planName(plan))),
    el(
      "p",
      { class: "state" },
      el("span", { class: `chip chip-${plan.state}` }, t(`state_${plan.state}`)),
      dates.length ? el("span", {}, dates.join(" · ")) : null,
      el("span", { class: "quiet" }, t("revision", { n: plan.revision })),
    ),
    data.standalone ? null : planActions(),
    figures([
      [t("grids"), count(grids.length)],
      [t(`sum_${data.measure}`), count(total)],
      [t("mean"), count(grids.length ? total / grids.length : 0), unit],
      judgement(),
    ]),
  );
}

/** The fourth figure: how far off the worst grid is, or how many miss the band. */
function judgement() {
  if (data.band) {
    const out = data.side.filter(Boolean).length;
    return [t("out_of_band"), count(out), "", out ? "over" : ""];
  }
  if (!grids.length) return [t("max_deviation"), "–"];
  const worst = grids.reduce((k, grid) => (Math.abs(data.deviation[grid.k]) > Math.abs(data.deviation[k]) ? grid.k : k), 0);
  return [t("max_deviation"), percent(data.deviation[worst]), "", ["under", "", "over"][data.side[worst] + 1]];
}

function balance() {
  if (!grids.length) return null;
  return el(
    "section",
    { class: "block block-strip" },
    el("h2", { class: "sr" }, t("balance")),
    balanceStrip(grids, (grid) => stage.choose(grid, { zoom: true }), (grid) => stage.hover(grid)),
    el("p", { class: "strip-note" }, data.band ? t("band_note", { low: count(data.band[0]), high: count(data.band[1]) }) : t("strip_note")),
  );
}

function table() {
  return el(
    "section",
    { class: "block block-table" },
    gridTable(stage, {
      caption: t("table_caption"),
      empty: t("no_grids"),
      columns: data.band ? bandColumns() : deviationColumns(),
      summary: (group) =>
        t("group_summary", { n: group.grids.length, sum: people(group.grids.reduce((s, g) => s + g.weight, 0), data.measure) }),
    }),
  );
}

function deviationColumns() {
  const reach = Math.max(0.15, data.tolerance * 2);
  return [
    { word: t(`sum_${data.measure}`), cls: "num", cell: (grid) => count(grid.weight) },
    {
      word: t("deviation_reach", { reach: Math.round(reach * 100) }),
      cls: "bar-cell",
      cell: (grid) => deviationBar(data.deviation[grid.k], data.side[grid.k], data.tolerance, reach),
    },
    {
      word: el("span", { class: "sr" }, t("deviation")),
      cls: "num",
      cell: (grid) => deviationText(data.deviation[grid.k], data.side[grid.k]),
    },
  ];
}

function bandColumns() {
  const most = Math.max(...grids.map((grid) => grid.weight), data.band[1]) * 1.02;
  return [
    { word: t(`sum_${data.measure}`), cls: "num", cell: (grid) => sideText(count(grid.weight), data.side[grid.k]) },
    {
      word: t("band_reach", { low: count(data.band[0]), high: count(data.band[1]) }),
      cls: "bar-cell",
      cell: (grid) => bandBar(grid.weight, data.side[grid.k], data.band, most),
    },
    { word: t("deviation"), cls: "num", cell: (grid) => percent(data.deviation[grid.k]) },
  ];
}

function facts(grid) {
  const rows = [];
  if (grid.residents !== null) rows.push([t("sum_people"), count(grid.residents)]);
  if (grid.households !== null) rows.push([t("sum_households"), count(grid.households)]);
  if (!rows.length || data.measure === "weight") rows.push([t(`sum_${data.measure}`), count(grid.weight)]);
  const off = percent(data.deviation[grid.k]);
  rows.push([t("deviation"), data.band ? off : sideText(off, data.side[grid.k])]);
  rows.push([t("units"), count(grid.units)]);
  return rows;
}

function tip(grid) {
  return [
    el("b", {}, said(grid.name)),
    el("span", { class: "code" }, grid.code),
    el("dl", {}, rowsOf([...facts(grid), [t("open_issues"), count(data.open[grid.k])]])),
  ];
}

function rowsOf(pairs) {
  return pairs.map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)));
}

const card = el("section", { class: "card float", hidden: true, "aria-live": "polite" });

function showCard(grid) {
  if (!card.parentNode) stage.float(card);
  writeGrid(grid);
  card.hidden = !grid;
  if (!grid) return;
  put(
    card,
    el("span", { class: "card-swatch", style: { background: WASH[grid.colour] } }),
    el(
      "div",
      { class: "card-body" },
      el("h2", {}, said(grid.name)),
      el("p", { class: "quiet" }, said(areaName(grid.parent)), " ", el("span", { class: "code" }, grid.code)),
      el("dl", { class: "facts" }, rowsOf([...facts(grid), [t("open_issues"), issues.ofGrid(grid)]])),
      sheetLink(grid),
    ),
    el("button", { type: "button", class: "close", "aria-label": t("close"), onclick: () => stage.choose(null) }, "×"),
  );
}

function legend() {
  const scaleItems = el("span", { class: "legend-item", hidden: true });
  const note = el("span", { class: "legend-note" }, t("colours_mean_nothing"));
  const pct = (value) => percent(value).replace(/\.0/, "");
  const words = [
    `< ${pct(limits[0])}`,
    t("between", { a: pct(limits[0]), b: pct(limits[1]) }),
    t("within"),
    t("between", { a: pct(limits[2]), b: pct(limits[3]) }),
    `> ${pct(limits[3])}`,
  ];
  scaleItems.append(classes(DIVERGING, words));
  const select = el(
    "select",
    {
      class: "fill-choice",
      "aria-label": t("fill"),
      onchange: (event) => {
        fill = event.target.value;
        scaleItems.hidden = fill === "grid";
        note.hidden = fill !== "grid";
        stage.repaint();
        labels.refresh();
      },
    },
    el("option", { value: "grid" }, t("fill_grid")),
    el("option", { value: "deviation" }, t("fill_deviation")),
  );
  const parks = hasLayer("park") ? [groundItem(swatch("", "dots"), t("legend_park"))] : [];
  fillLegend(stage.map, [...issues.items, ...lineItems(), ...parks, note, scaleItems], select);
}

start();
