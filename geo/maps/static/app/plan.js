// The plan page: a plan's grids on the map, its balance, what is to be resolved, and every grid in a table.

import { areaName, data, grids, latLng, planePoint, t } from "./data.js";
import { paintGround, paintNetwork } from "./basemap.js";
import { paintBorders, paintUnits, paintVeil } from "./borders.js";
import { DIVERGING, PAPER, WASH, classOf } from "./colours.js";
import { el, isPhone, put, said } from "./dom.js";
import { makeDrawer, setDrawer } from "./drawer.js";
import { count, day, people, percent } from "./format.js";
import { Labels } from "./labels.js";
import { classes, fillLegend, item, lineItems, swatch } from "./legend.js";
import { keepLanguage } from "./shell.js";
import { Stage, paintGrids, paper } from "./stage.js";
import { balanceStrip } from "./strip.js";
import { deviationBar, deviationText, figures, gridTable } from "./table.js";

const panel = document.getElementById("panel");
const FAULTS_SHOWN = 3;
let fill = "grid";
let stage = null;

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

function second(grid) {
  return { text: percent(data.deviation[grid.k]), side: data.side[grid.k] };
}

function start() {
  keepLanguage();
  makeDrawer(panel, "half");
  const faulty = new Set(data.violations.flatMap((fault) => fault.grids));
  stage = new Stage({ paint, tip, onChoose: showCard });
  const labels = new Labels(stage.map, {
    second,
    first: (grid) => (grid === stage.chosen ? 2 : faulty.has(grid.k) ? 1 : 0),
  });
  labels.refresh();
  panel.append(head(), balance(), faults(), table());
  markFaults();
  legend();
  document.body.dataset.ready = "1";
}

function head() {
  const plan = data.plan;
  const dates = [];
  if (plan.effective) dates.push(t("from_day", { day: day(plan.effective) }));
  if (plan.retired) dates.push(t("until_day", { day: day(plan.retired) }));
  const total = grids.reduce((sum, grid) => sum + grid.weight, 0);
  const worst = grids.reduce((k, grid) => (Math.abs(data.deviation[grid.k]) > Math.abs(data.deviation[k]) ? grid.k : k), 0);
  const off = data.side[worst];
  const unit = t(`unit_${data.measure}`);
  return el(
    "section",
    { class: "block" },
    el("h1", {}, said(plan.name)),
    el(
      "p",
      { class: "state" },
      el("span", { class: `chip chip-${plan.state}` }, t(`state_${plan.state}`)),
      dates.length ? el("span", {}, dates.join(" · ")) : null,
      el("span", { class: "quiet" }, t("revision", { n: plan.revision })),
    ),
    figures([
      [t("grids"), count(grids.length)],
      [t(`sum_${data.measure}`), count(total)],
      [t("mean"), count(grids.length ? total / grids.length : 0), unit],
      [t("max_deviation"), grids.length ? percent(data.deviation[worst]) : "–", "", off > 0 ? "over" : off < 0 ? "under" : ""],
    ]),
  );
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

function faults() {
  const list = data.violations;
  const must = list.filter((fault) => fault.must).length;
  const body = el("ol", { class: "faults" });
  const more = el("button", { type: "button", class: "link" });
  const show = (all) => {
    put(body, list.slice(0, all ? list.length : FAULTS_SHOWN).map((fault, i) => faultRow(fault, i)));
    more.hidden = list.length <= FAULTS_SHOWN;
    more.textContent = all ? t("fewer") : t("more_n", { n: list.length - FAULTS_SHOWN });
    more.setAttribute("aria-expanded", String(all));
  };
  more.addEventListener("click", () => show(more.getAttribute("aria-expanded") !== "true"));
  show(false);
  return el(
    "section",
    { class: "block" },
    el(
      "h2",
      {},
      list.length ? t("to_resolve_n", { n: list.length }) : t("to_resolve"),
      must ? el("span", { class: "chip chip-danger" }, t("must_n", { n: must })) : null,
    ),
    list.length ? body : el("p", { class: "empty ok" }, t("nothing_to_resolve")),
    more,
  );
}

function faultRow(fault, i) {
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "fault", onclick: () => showFault(fault) },
      el("span", { class: fault.must ? "disc disc-danger" : "disc disc-warn" }, String(i + 1)),
      said(fault.text),
    ),
  );
}

function showFault(fault) {
  if (isPhone()) setDrawer(panel, "half");
  if (fault.grids.length) stage.choose(grids[fault.grids[0]], { zoom: !fault.at });
  if (fault.at) stage.centre(planePoint(...fault.at), 16);
}

/** The faults stand on the map under the number that they have in the list. */
function markFaults() {
  data.violations.forEach((fault, i) => {
    if (!fault.at || i >= 40) return;
    const at = latLng(...fault.at);
    const marker = L.marker(at, {
      pane: "pins",
      keyboard: false,
      icon: L.divIcon({ className: "fault-pin", iconSize: [28, 28], html: disc(fault, i) }),
    });
    marker.on("click", () => showFault(fault));
    marker.addTo(stage.map);
  });
}

function disc(fault, i) {
  return el("span", { class: fault.must ? "disc disc-danger" : "disc disc-warn", title: fault.text }, String(i + 1));
}

function table() {
  const reach = Math.max(0.15, data.tolerance * 2, edge);
  return el(
    "section",
    { class: "block block-table" },
    gridTable(stage, {
      caption: t("table_caption"),
      empty: t("no_grids"),
      columns: [
        { word: t(`sum_${data.measure}`), cls: "num", cell: (grid) => count(grid.weight) },
        {
          word: t("deviation_reach", { reach: Math.round(reach * 100) }),
          cls: "bar-cell",
          cell: (grid) => deviationBar(data.deviation[grid.k], data.side[grid.k], data.tolerance, reach),
        },
        { word: el("span", { class: "sr" }, t("deviation")), cls: "num", cell: (grid) => deviationText(data.deviation[grid.k], data.side[grid.k]) },
      ],
      summary: (group) =>
        t("group_summary", { n: group.grids.length, sum: people(group.grids.reduce((s, g) => s + g.weight, 0), data.measure) }),
    }),
  );
}

function facts(grid) {
  const rows = [];
  if (grid.residents !== null) rows.push([t("sum_people"), count(grid.residents)]);
  if (grid.households !== null) rows.push([t("sum_households"), count(grid.households)]);
  if (!rows.length || data.measure === "weight") rows.push([t(`sum_${data.measure}`), count(grid.weight)]);
  rows.push([t("deviation"), deviationText(data.deviation[grid.k], data.side[grid.k])]);
  rows.push([t("units"), count(grid.units)]);
  rows.push([t("open_issues"), count(data.open[grid.k])]);
  return rows;
}

function tip(grid) {
  return [
    el("b", {}, said(grid.name)),
    el("span", { class: "code" }, grid.code),
    el("dl", {}, facts(grid).map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
  ];
}

const card = el("section", { class: "card float", hidden: true, "aria-live": "polite" });

function showCard(grid) {
  if (!card.parentNode) {
    L.DomEvent.disableClickPropagation(card);
    L.DomEvent.disableScrollPropagation(card);
    stage.map.getContainer().append(card);
  }
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
      el("dl", { class: "facts" }, facts(grid).map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
    ),
    el("button", { type: "button", class: "close", "aria-label": t("close"), onclick: () => stage.choose(null) }, "×"),
  );
}

function legend() {
  const scaleItems = el("span", { class: "legend-item", hidden: true });
  const note = el("span", { class: "legend-note" }, t("colours_mean_nothing"));
  const pct = (value) => percent(value).replace(/\.0/, "");
  scaleItems.append(
    classes(DIVERGING, [`< ${pct(limits[0])}`, pct(limits[0]), t("within"), pct(limits[3]), `> ${pct(limits[3])}`].map(String)),
  );
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
      },
    },
    el("option", { value: "grid" }, t("fill_grid")),
    el("option", { value: "deviation" }, t("fill_deviation")),
  );
  const parks = data.base.park.length ? [item(swatch("", "dots"), t("legend_park"))] : [];
  fillLegend(stage.map, [...lineItems(), ...parks, note, scaleItems], select);
}

start();
