// The hotspots page: three layers on the map, a slider through time, clusters in words, and a table that says the same.

import { data, grids, t } from "./data.js";
import { RATIO } from "./colours.js";
import { announce, el, perFrame, put, said, turn } from "./dom.js";
import { makeDrawer } from "./drawer.js";
import { count, decimal } from "./format.js";
import { issuesOf, showCards } from "./hotspotcards.js";
import { fileBox, layerBox, questionBox } from "./hotspotchoose.js";
import { paint, paintTop, signOf } from "./hotspotpaint.js";
import { FEW, WITHHELD, askDetail, askPicture, classOfGrid, clusters, colourOfGrid, detail, figure, isSignificant, keepAddress, mayKnowMore, state, take } from "./hotspotstate.js";
import { printMap } from "./hotspotpng.js";
import { timeBar } from "./hotspottime.js";
import { beforeText, classWords, countText, facts, noColour, periodName, qText, ratioText, summary } from "./hotspotwords.js";
import { Labels } from "./labels.js";
import { classes, fillLegend, item, lineItems, swatch } from "./legend.js";
import { keep } from "./links.js";
import { keepLanguage } from "./shell.js";
import { Stage } from "./stage.js";
import { figures, gridTable } from "./table.js";

const ROWS = 200;
const panel = document.getElementById("panel");
const view = {
  stage: null, labels: null, showTime: null, all: false,
  head: el("section", { class: "block block-head" }), layers: el("div", {}), cards: el("section", { class: "block block-clusters" }),
  table: el("section", { class: "block block-table" }), told: el("section", { class: "block block-told" }),
  problem: el("p", { class: "problem", role: "alert", hidden: true }), key: el("span", { class: "legend-scale" }),
  card: el("section", { class: "card float", hidden: true, "aria-live": "polite" }),
};

async function start() {
  keepLanguage();
  state.change = !data.standalone && new URLSearchParams(window.location.search).get("change") === "1";
  take(data.hotspots);
  makeDrawer(panel, "half");
  view.stage = new Stage({ paint, paintTop, tip });
  view.stage.float(view.card);
  await turn();
  view.labels = new Labels(view.stage.map, { second, first: (grid) => (isSignificant(grid) ? 1 : 0), light: (grid) => state.layers.ratio && colourOfGrid(grid) === RATIO[5], obstacles: signs });
  panel.append(view.head, view.layers, view.problem, view.cards, view.table, view.told, fileBox(view.stage.map, trouble));
  printMap(view.stage.map, view.head);
  view.showTime = timeBar(goTo);
  fillLegend(view.stage.map, [view.key, ...lineItems()]);
  await turn();
  showAll();
  document.body.dataset.ready = "1";
  if (mayKnowMore()) another({});
  else askStep();
}

/** A new picture: everything anew. */
function showAll() {
  put(view.head, el("h1", {}, t("hotspots_title")), questionBox(another));
  put(view.layers, layerBox(setLayer, setMode));
  showStep();
}

/** Another period or another way to look: map, sentences, cards and table. */
function showStep() {
  view.showTime();
  const old = view.head.querySelector(".sums");
  const fresh = sums();
  if (old) old.replaceWith(fresh);
  else view.head.append(fresh);
  put(view.key, key());
  showCards(view.cards, view.stage, redraw, data.standalone);
  showTable();
  put(view.told, ...inWords());
  redraw();
}

function redraw(topOnly) {
  if (topOnly) view.stage.top.repaint();
  else {
    view.stage.repaint();
    view.labels.refresh();
  }
}

function trouble(text) {
  view.problem.hidden = !text;
  view.problem.textContent = text || "";
}

const showSoon = perFrame(showStep);

function goTo(step) {
  state.step = step;
  keepAddress();
  showSoon();
  announce(periodName());
  askStep();
}

async function askStep() {
  if (detail()) return;
  try {
    await askDetail();
    showSoon();
  } catch (error) {
    trouble(error.message);
  }
}

async function another(change) {
  trouble("");
  panel.setAttribute("aria-busy", "true");
  try {
    if (await askPicture(change)) {
      const focused = document.activeElement && document.activeElement.name;
      showAll();
      const next = focused && view.head.querySelector(`[name="${focused}"]`);
      if (next) next.focus();
      announce(summary().join(" "));
    }
  } catch (error) {
    trouble(error.message);
    // The choices show what is on the map, not what was refused.
    put(view.head, el("h1", {}, t("hotspots_title")), questionBox(another), sums());
  }
  panel.removeAttribute("aria-busy");
}

function setLayer(name, on) {
  state.layers[name] = on;
  if (name === "analyst") showTable();
  else redraw();
}

function setMode(change) {
  state.change = change;
  keepAddress();
  showStep();
  announce(t(change ? "hs_mode_change" : "hs_mode_period"));
}

function sums() {
  const hot = grids.filter(isSignificant).length;
  const few = grids.filter((grid) => classOfGrid(grid) === FEW).length;
  const { observed } = state.body.totals[state.step];
  return el(
    "div",
    { class: "sums" },
    el("p", { class: "state" }, el("b", {}, periodName()), state.body.public ? el("span", { class: "chip" }, t("hs_public")) : null),
    figures([
      [t("hs_incidents"), observed === null ? t("hs_withheld_short") : count(observed)],
      [t("significant_n"), count(hot), "", hot ? "over" : ""],
      [t("hs_clusters"), count(clusters().length)],
      [t("too_few_short"), count(few)],
    ]),
    el("p", { class: "note" }, said(summary().join(data.lang === "zh" ? "" : " "))),
  );
}

/** The boxes of the numbers of clusters, which no name covers. */
function signs() {
  if (!state.layers.clusters) return [];
  const { map } = view.stage;
  const scale = 2 ** (20 - map.getZoom());
  return clusters().map((cluster, i) => {
    const { x, y } = map.latLngToLayerPoint(view.stage.latLngOf(signOf(cluster, i, { px: (n) => n * scale })));
    return [x - 13, y - 13, x + 13, y + 13];
  });
}

function second(grid) {
  if (!state.layers.ratio || classOfGrid(grid) === FEW || !detail()) return null;
  return { text: state.change ? `${beforeText(grid)} → ${countText(figure("observed", grid))}` : `${countText(figure("observed", grid))} / ${decimal(figure("expected", grid), state.body.public ? 0 : 1)}`, side: 0 };
}

const rank = (grid) => (isSignificant(grid) ? 0 : classOfGrid(grid) === FEW ? 3 : classOfGrid(grid) === WITHHELD ? 2 : 1);
const ratio = (grid) => figure(state.change ? "change" : "ratio", grid) || classOfGrid(grid);
const number = (grid) => figure("observed", grid) || 0;

const keyOf = (grid) => [rank(grid), ratio(grid), number(grid), grid.k];
const compare = (a, b) => a[0] - b[0] || b[1] - a[1] || b[2] - a[2] || a[3] - b[3];

function order(a, b) {
  return compare(keyOf(a), keyOf(b));
}

function showTable() {
  const { stage } = view;
  const { chosen } = stage;
  stage.hoverListeners.length = 0;
  stage.onChoose = showCard;
  const columns = [{ word: t("hs_observed"), cls: "num", cell: (grid) => countText(figure("observed", grid)) }];
  if (state.change) columns.push({ word: t("hs_before"), cls: "num", cell: beforeText });
  else columns.push({ word: t("hs_expected"), cls: "num", cell: (grid) => decimal(figure("expected", grid), state.body.public ? 0 : 1) });
  columns.push({ word: t(state.change ? "hs_change" : "hs_ratio"), cls: "num ratio", cell: chip });
  if (state.layers.analyst) columns.push({ word: "Gi*", cls: "num", cell: gi }, { word: t("hs_pattern"), cell: patternText });
  else columns.push({ word: t("q_value"), cls: "num", cell: qText });
  const sorted = grids.map(keyOf).sort(compare).map((key) => grids[key[3]]);
  const list = view.all ? sorted : sorted.slice(0, ROWS);
  put(
    view.table,
    el("h2", { class: "table-head" }, t("hs_grids")),
    state.layers.analyst ? el("p", { class: "note table-note" }, t(state.body.patterns ? "hs_analyst_note" : "hs_analyst_few")) : null,
    gridTable(stage, { caption: t("hotspots_caption"), empty: t("no_grids"), swatch: false, order, list, columns, summary: () => "" }),
    list.length < sorted.length ? el("button", { type: "button", class: "btn more", onclick: showMore }, t("hs_show_all", { n: count(sorted.length) })) : null,
  );
  stage.choose(chosen);
}

function showMore() {
  view.all = true;
  showTable();
}

function gi(grid) {
  const z = figure("z", grid);
  return z === null ? t("hs_withheld_short") : el("span", { class: figure("z_q", grid) <= state.body.alpha ? "strong" : "" }, decimal(z, 1));
}

function patternText(grid) {
  const { patterns } = state.body;
  return patterns ? t(`pattern_${patterns[grid.k]}`) : "–";
}

function chip(grid) {
  const k = classOfGrid(grid);
  const hot = isSignificant(grid);
  const kind = k === FEW ? "few" : k === WITHHELD ? "withheld" : "";
  return el(
    "span",
    { class: `ratio-chip${hot ? " hot" : ""}${kind ? " quiet" : ""}` },
    el("i", { class: kind, style: { background: colourOfGrid(grid) } }),
    ratioText(grid),
    hot ? el("span", { class: "sr" }, t("significant")) : null,
  );
}

function tip(grid) {
  const why = noColour(grid);
  return [
    el("b", {}, said(grid.name)),
    el("span", { class: "code" }, grid.code),
    el("dl", {}, facts(grid).map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
    isSignificant(grid) ? el("p", {}, t(state.change ? "hs_risen" : "hs_elevated")) : null,
    why ? el("p", {}, why) : null,
  ];
}

/** The card of the chosen grid: all that is known of it, and the way to its issues. */
function showCard(grid) {
  view.card.hidden = !grid;
  if (!grid) return;
  const why = noColour(grid);
  put(
    view.card,
    el("button", { type: "button", class: "close", "aria-label": t("close"), onclick: () => view.stage.choose(null) }, "×"),
    el(
      "div",
      { class: "card-body" },
      el("h2", {}, said(grid.name)),
      el("p", { class: "code" }, grid.code),
      el("dl", { class: "facts" }, facts(grid).map(([word, value]) => el("div", {}, el("dt", {}, word), el("dd", {}, value)))),
      isSignificant(grid) ? el("p", { class: "note strong" }, t(state.change ? "hs_risen" : "hs_elevated")) : null,
      why ? el("p", { class: "note" }, why) : null,
      data.standalone ? null : el("a", { class: "link", href: issuesOf([grid.code], state.body.question.category) }, t("hs_its_issues")),
    ),
  );
}

/** What the map says, as sentences. */
function inWords() {
  const hot = grids.filter(isSignificant).sort(order);
  const names = hot.slice(0, 30).map((grid) => grid.name).join("、");
  return [
    el("h2", {}, t("hs_in_words")),
    el("p", {}, hot.length ? said(t(state.change ? "hs_words_risen" : "hs_words_hot", { period: periodName(), n: count(hot.length), names })) : t("hs_words_none", { period: periodName() })),
    el("p", { class: "note" }, t("hs_words_meaning")),
    data.standalone ? null : el("p", {}, el("a", { class: "link themes-link", href: keep("/maps/themes") }, t("hs_themes"))),
  ];
}

/** The signs of the layers in the strip. */
function key() {
  const some = (k) => grids.some((grid) => classOfGrid(grid) === k);
  return [
    el("span", { class: "legend-item" }, t(state.change ? "hs_change" : "hs_ratio")),
    classes(RATIO, RATIO.map((_, k) => classWords(k))),
    item(swatch("#e3e6e9", "few"), t("too_few")),
    state.body.public && some(WITHHELD) ? item(swatch("#edeff1", "withheld"), t("hs_withheld", { n: state.body.least })) : null,
    item(swatch("#ffffff", "strong"), t("significant")),
    item(el("span", { class: "cluster-sign", "aria-hidden": "true" }), t("hs_cluster_sign")),
  ];
}

start();
