// The hotspots page: observed over expected issues by grid, with what is significant outlined and what is too few left grey.

import { data, grids, t } from "./data.js";
import { paintGround, paintNetwork } from "./basemap.js";
import { paintBorders, paintVeil } from "./borders.js";
import { pattern, stroke } from "./canvas.js";
import { PAPER, RATIO, TOO_FEW, classOf } from "./colours.js";
import { el, said } from "./dom.js";
import { makeDrawer } from "./drawer.js";
import { count, day, decimal } from "./format.js";
import { Labels } from "./labels.js";
import { classes, fillLegend, item, lineItems, swatch } from "./legend.js";
import { keepLanguage } from "./shell.js";
import { Stage, paintGrids, paper } from "./stage.js";
import { figures, gridTable } from "./table.js";

const panel = document.getElementById("panel");
let stage = null;

function isHot(grid) {
  const { judged, q, ratio } = data;
  return judged[grid.k] && q[grid.k] !== null && q[grid.k] <= data.alpha && ratio[grid.k] > 1;
}

function colourOf(grid) {
  const { judged, ratio, breaks } = data;
  return judged[grid.k] && ratio[grid.k] !== null ? RATIO[classOf(ratio[grid.k], breaks)] : TOO_FEW;
}

function paint(ctx, view) {
  paper(ctx, view, PAPER);
  paintGrids(ctx, view, colourOf);
  const dots = pattern(ctx, view, 6, (c) => {
    c.fillStyle = "#9aa4ae";
    c.beginPath();
    c.arc(3, 3, 1, 0, 7);
    c.fill();
  });
  for (const grid of grids) {
    if (data.judged[grid.k]) continue;
    ctx.fillStyle = dots;
    ctx.fill(grid.path, "evenodd");
  }
  paintGround(ctx, view, false);
  paintNetwork(ctx, view);
  paintVeil(ctx, view);
  paintBorders(ctx, view, true);
  for (const grid of grids) {
    if (!isHot(grid)) continue;
    stroke(ctx, view, grid.path, "#ffffff", 5);
    stroke(ctx, view, grid.path, "#17222d", 2.4);
  }
}

function ratioText(grid) {
  return data.judged[grid.k] && data.ratio[grid.k] !== null ? decimal(data.ratio[grid.k], 2) : t("too_few_short");
}

function start() {
  keepLanguage();
  makeDrawer(panel, "half");
  stage = new Stage({ paint, tip });
  new Labels(stage.map, { second: (grid) => ({ text: ratioText(grid), side: 0 }), first: (grid) => (isHot(grid) ? 1 : 0), light: (grid) => colourOf(grid) === RATIO[5] }).refresh();
  panel.append(head(), table());
  legend();
  document.body.dataset.ready = "1";
}

function head() {
  const hot = grids.filter(isHot).length;
  const few = data.judged.filter((judged) => !judged).length;
  const observed = data.observed.reduce((a, b) => a + b, 0);
  const denominator = data.words[`denominator_${data.denominator}`] || data.denominator;
  return el(
    "section",
    { class: "block" },
    el("h1", {}, t("hotspots_title")),
    el("p", { class: "state" }, t("hotspots_period", { since: day(data.since), until: day(data.until) })),
    figures([
      [t("issues"), count(observed)],
      [t("grids"), count(grids.length)],
      [t("significant_n"), count(hot), "", hot ? "over" : ""],
      [t("too_few_short"), count(few)],
    ]),
    el("p", { class: "note hint" }, said(t("hotspots_note", { denominator }))),
  );
}

function order(a, b) {
  const rank = (grid) => (isHot(grid) ? 0 : data.judged[grid.k] ? 1 : 2);
  return rank(a) - rank(b) || (data.ratio[b.k] || 0) - (data.ratio[a.k] || 0) || a.k - b.k;
}

function table() {
  return el(
    "section",
    { class: "block block-table" },
    gridTable(stage, {
      caption: t("hotspots_caption"),
      empty: t("no_grids"),
      swatch: false,
      order,
      columns: [
        { word: t("observed"), cls: "num", cell: (grid) => count(data.observed[grid.k]) },
        { word: t("expected"), cls: "num", cell: (grid) => decimal(data.expected[grid.k]) },
        { word: t("ratio"), cls: "num ratio", cell: ratioCell },
        { word: t("q_value"), cls: "num", cell: (grid) => (data.judged[grid.k] ? qText(grid) : "") },
      ],
      summary: () => "",
    }),
  );
}

function ratioCell(grid) {
  if (!data.judged[grid.k] || data.ratio[grid.k] === null) return el("span", { class: "quiet" }, t("too_few_short"));
  const colour = RATIO[classOf(data.ratio[grid.k], data.breaks)];
  return el(
    "span",
    { class: isHot(grid) ? "ratio-chip hot" : "ratio-chip" },
    el("i", { style: { background: colour } }),
    decimal(data.ratio[grid.k], 2),
    isHot(grid) ? el("span", { class: "sr" }, t("significant")) : null,
  );
}

function qText(grid) {
  const q = data.q[grid.k];
  if (q === null) return "–";
  return q < 0.001 ? "< 0.001" : decimal(q, 3);
}

function tip(grid) {
  const facts = [
    [t("observed"), count(data.observed[grid.k])],
    [t("expected"), decimal(data.expected[grid.k])],
    [t("ratio"), ratioText(grid)],
  ];
  if (data.judged[grid.k]) facts.push([t("q_value"), qText(grid)]);
  return [
    el("b", {}, said(grid.name)),
    el("span", { class: "code" }, grid.code),
    el("dl", {}, facts.map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
    isHot(grid) ? el("p", {}, t("significant")) : null,
    data.judged[grid.k] ? null : el("p", {}, t("too_few")),
  ];
}

function legend() {
  const n = (value) => String(value);
  const words = data.breaks.map((limit, i) => (i ? t("between", { a: n(data.breaks[i - 1]), b: n(limit) }) : t("less_than", { n: n(limit) })));
  words.push(t("at_least", { n: n(data.breaks[data.breaks.length - 1]) }));
  fillLegend(
    stage.map,
    [
      el("span", {}, t("ratio")),
      classes(RATIO, words),
      item(swatch("#fff", "strong"), t("significant")),
      item(swatch("#e3e6e9", "few"), t("too_few")),
      ...lineItems(),
    ],
    null,
  );
}

start();
