// The page of many nets in one: the base net, and where the nets that went into it disagree.

import { boundsOf, data, decode, grids, t, trace } from "./data.js";
import { paintBorders, paintVeil } from "./borders.js";
import { stroke } from "./canvas.js";
import { PAPER, RATIO, SHEET, TOO_FEW, classOf } from "./colours.js";
import { el, said } from "./dom.js";
import { makeDrawer } from "./drawer.js";
import { area, count, share } from "./format.js";
import { Labels } from "./labels.js";
import { classes, fillLegend, item, lineItems, swatch } from "./legend.js";
import { keepLanguage } from "./shell.js";
import { Stage, paintGrids, paper } from "./stage.js";
import { figures, gridTable } from "./table.js";

const panel = document.getElementById("panel");
const SHADES = RATIO.slice(3);
const OVERLAP = "#b42a1d";
const LISTED = 40;
let stage = null;

const pieces = data.conflicts.map((piece, k) => {
  const rings = piece.rings.map(decode);
  const path = new Path2D();
  for (const ring of rings) trace(path, ring, true);
  return { ...piece, k, rings, path, box: boundsOf(rings) };
});
const disputed = pieces.filter((piece) => piece.pairs);

function colourOf(piece) {
  return piece.pairs ? SHADES[classOf(piece.pairs, data.breaks)] : TOO_FEW;
}

function paint(ctx, view) {
  paper(ctx, view, PAPER);
  paintGrids(ctx, view, () => SHEET);
  for (const piece of pieces) {
    ctx.fillStyle = colourOf(piece);
    ctx.fill(piece.path, "evenodd");
  }
  paintVeil(ctx, view);
  paintBorders(ctx, view, false);
}

function paintTop(ctx, view) {
  for (const piece of pieces) if (piece.overlaps.length) stroke(ctx, view, piece.path, OVERLAP, 2.2);
}

function start() {
  keepLanguage();
  makeDrawer(panel, "half");
  stage = new Stage({ paint, paintTop, tip });
  new Labels(stage.map, { second: (grid) => ({ text: contestedText(grid), side: 0 }) }).refresh();
  panel.append(head(), disputes(), heading("nets_layers"), layers(), heading("grids"), table());
  fillLegend(stage.map, [...scale(), ...otherItems(), ...lineItems(false)]);
  document.body.dataset.ready = "1";
}

function contestedText(grid) {
  const row = data.rows[grid.k];
  return row.area ? area(row.area) : "";
}

function head() {
  const sum = data.total;
  return el(
    "section",
    { class: "block" },
    el("h1", {}, t("nets_title")),
    el("p", { class: "state" }, said(t("nets_of", { n: count(data.layers.length), m: count(grids.length) }))),
    figures([
      [t("nets_contested"), area(sum.contested), "", sum.contested ? "over" : ""],
      [`${t("nets_contested")} · ${data.measure}`, count(sum.contested_weight), "", sum.contested_weight ? "over" : ""],
      [t("nets_incomplete"), area(sum.incomplete)],
      [`${t("nets_incomplete")} · ${data.measure}`, count(sum.incomplete_weight)],
    ], "figures-pairs"),
    el("p", { class: "note" }, t("nets_meaning")),
  );
}

function amount(m2, weight) {
  return m2 || weight ? `${area(m2)} · ${count(weight)}` : "–";
}

/** Area over weight: side by side they do not fit into a column. */
function cell(m2, weight) {
  return el("td", { class: "num" }, m2 || weight ? [area(m2), el("br", {}), count(weight)] : "–");
}

function heading(word) {
  return el("section", { class: "block" }, el("h2", {}, t(word)));
}

function layers() {
  const words = ["nets_layer", "nets_dissent", "nets_gap", "nets_overlap"];
  const rows = data.layers.map((layer) =>
    el(
      "tr",
      { title: `${t("nets_agreement")} ${share(layer.agreement, 2)}` },
      el("th", { scope: "row", style: { overflowWrap: "anywhere" } }, said(layer.name)),
      cell(layer.dissent, layer.dissent_weight),
      cell(layer.gap, layer.gap_weight),
      cell(layer.overlap, layer.overlap_weight),
    ),
  );
  const top = el("tr", {}, words.map((word, k) => el("th", { scope: "col", class: k ? "num" : "" }, t(word))));
  const head = el("thead", {}, top);
  const caption = el("caption", { class: "sr" }, t("nets_layers"));
  return el("section", { class: "block block-table" }, el("table", { class: "grids" }, caption, head, el("tbody", {}, rows)));
}

function disputes() {
  const list = disputed.slice(0, LISTED).map((piece) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "fault", onclick: () => stage.fitBox(around(piece.box), true, 18) },
        el("span", { class: "disc disc-danger" }, String(piece.pairs)),
        el("span", {}, said(piece.grid), ` · ${amount(piece.area, piece.weight)}`, el("br", {}), said(sayCodes(piece))),
      ),
    ),
  );
  return el(
    "section",
    { class: "block" },
    el("h2", {}, t("nets_disputes")),
    disputed.length
      ? [el("p", { class: "note" }, t("nets_disputes_n", { n: count(disputed.length), m: count(list.length) })), el("ol", { class: "faults" }, list)]
      : el("p", { class: "empty ok" }, t("nets_agree_all")),
  );
}

/** The codes of a piece, each once with the nets that say so, the most common first. */
function sayCodes(piece) {
  const by = new Map();
  piece.codes.forEach((code, k) => by.set(code, [...(by.get(code) || []), data.layers[k].name]));
  return [...by]
    .sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1))
    .map(([code, names]) => `${code || t("nets_none")}: ${names.length > 3 ? t("nets_n_layers", { n: names.length }) : names.join("、")}`)
    .join(" ｜ ");
}

function around([x0, y0, x1, y1]) {
  const w = (x1 - x0) * 1.5;
  const h = (y1 - y0) * 1.5;
  return [x0 - w, y0 - h, x1 + w, y1 + h];
}

function table() {
  return el(
    "section",
    { class: "block block-table" },
    gridTable(stage, {
      caption: t("nets_caption"),
      empty: t("no_grids"),
      swatch: false,
      columns: [
        { word: data.measure, cls: "num", cell: (grid) => count(grid.weight) },
        { word: t("nets_contested"), cls: "num", cell: (grid) => amount(data.rows[grid.k].area, data.rows[grid.k].weight) },
      ],
      summary: (group) => t("nets_group", { n: group.grids.length }),
    }),
  );
}

function tip(grid) {
  const row = data.rows[grid.k];
  const inside = disputed.filter((piece) => piece.grid === grid.code);
  const facts = [
    [data.measure, count(grid.weight)],
    [t("nets_contested"), amount(row.area, row.weight)],
    [t("nets_pieces"), count(inside.length)],
  ];
  return [
    el("b", {}, said(grid.name)),
    el("dl", {}, facts.map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
    inside.slice(0, 4).map((piece) => el("p", {}, said(sayCodes(piece)))),
  ];
}

function scale() {
  const limits = [1, ...data.breaks];
  const words = limits.map((low, i) => {
    const high = i + 1 < limits.length ? limits[i + 1] - 1 : null;
    return high === null ? t("at_least", { n: low }) : high === low ? String(low) : t("between", { a: low, b: high });
  });
  return [el("span", { class: "legend-item" }, t("nets_scale")), classes(SHADES.slice(0, limits.length), words)];
}

function otherItems() {
  const items = [];
  if (pieces.some((piece) => !piece.pairs)) items.push(item(swatch(TOO_FEW), t("nets_incomplete")));
  if (pieces.some((piece) => piece.overlaps.length)) items.push(item(swatch(OVERLAP), t("nets_overlap")));
  return items;
}

start();
