// The measures of the coverage page: of a grid the value, its words and its colour; of the place the total. Figures come
// from the server; here they are only written.

import { areaName, data, grids, t } from "./data.js";
import { DIVERGING, SEQUENTIAL, SHEET, TOO_FEW, classOf } from "./colours.js";
import { PERIODS, rateOf, rows } from "./coveragerows.js";
import { area, count, decimal, metres, percent, share } from "./format.js";

const NO_DATA = "#FBFAF5";
const { totals } = data;
const KEPT = "wangge.coverage.target";

/** What people set: the role of the span (−1 for all), the target line (0 for none), the period of the rate. */
export const chosen = { role: -1, target: 0, period: PERIODS[0] };

const row = (grid) => rows[grid.k] || {};
const known = (value) => value !== null && value !== undefined;

/**
 * Each: value(grid) for order and colour (null: none), text(grid), columns of the table, total [figure, unit, small,
 * tone], told() the sentences under the title, lack() what is missing or null; list names the list in place of a table.
 */
export const MEASURES = {
  outside: {
    list: "uncovered",
    total: () => [count(data.uncovered.length), t("unit_buildings"), t("head_outside", { n: count(totals.uncovered), share: share(totals.share, 1) }), tone(data.uncovered.length)],
    told: () =>
      data.uncovered.length
        ? [t("told_outside", { n: count(data.uncovered.length), hh: count(totals.uncovered), all: count(totals.households), share: share(totals.share, 2) })]
        : [t("told_outside_none", { n: count(totals.buildings), all: count(totals.households) })],
  },
  seams: {
    list: "seams",
    total: () => [
      count(data.seams.length),
      t("unit_places"),
      data.seams.length ? t("head_seams", { gap: area(data.gap), overlap: area(data.overlap) }) : t("head_seamless"),
      tone(data.seams.length),
    ],
    told: () => [data.seams.length ? t("told_seams", { n: count(data.seams.length) }) : t("told_seams_none")],
  },
  vacant: {
    value: (grid) => (row(grid).templated ? row(grid).vacant.length : null),
    text: (grid) => (row(grid).templated ? (row(grid).vacant.length ? t("vacant_n", { n: row(grid).vacant.length }) : t("full_staff")) : t("no_template")),
    columns: () => [
      { word: t("workers"), cell: (grid) => count(row(grid).people) },
      { word: t("vacant_roles_short"), cls: "words", cell: (grid) => (row(grid).vacant || []).join("、") || "–" },
    ],
    total: () => [count(totals.vacant), t("unit_posts"), totals.templated ? t("head_vacant", { n: count(totals.full), all: count(totals.templated), share: share(totals.full_share) }) : t("lack_staff"), totals.vacant ? "warn" : "ok"],
    told: () => [
      totals.full === totals.templated
        ? t("told_vacant_none", { n: count(totals.templated) })
        : t("told_vacant", { n: count(totals.templated - totals.full), v: count(totals.vacant), full: count(totals.full), share: share(totals.full_share, 1) }),
      data.roles.length ? t("told_template", { roles: data.roles.join("、") }) : "",
    ],
    limit: (n) => count(n),
    whole: true,
    lack: () => (totals.templated ? null : "staff"),
  },
  span: {
    value: (grid) => (chosen.role < 0 ? row(grid).span : row(grid).roles && row(grid).roles[chosen.role]),
    text: (grid) => number(MEASURES.span.value(grid), 0, "nobody_there"),
    none: "nobody_there",
    // Where nobody is at work is worse than any load.
    unknown: Infinity,
    columns: () => [householdsColumn, { word: t("workers"), cell: (grid) => count(row(grid).people) }],
    total: () => [number(totals.span, 0), t("unit_span"), t("head_span", { n: count(totals.people) })],
    told: () => [spread("span", (n) => decimal(n, 0)), chosen.target ? t("told_span_target", { n: count(overTarget().length) }) : ""],
    limit: (n) => count(n),
    lack: () => (totals.people || totals.templated ? null : "staff"),
  },
  rate: {
    value: (grid) => (rateOf(grid, chosen.period).judged ? rateOf(grid, chosen.period).rate : null),
    few: (grid) => !rateOf(grid, chosen.period).judged,
    text: (grid) => (rateOf(grid, chosen.period).judged ? number(rateOf(grid, chosen.period).rate, 1) : t("too_few_short")),
    columns: () => [{ word: t("issues"), cell: (grid) => count(rateOf(grid, chosen.period).issues) }, householdsColumn],
    breaks: () => chosen.period.breaks,
    total: () => [number(chosen.period.rate, 1), t("unit_rate"), t("head_rate", { n: count(chosen.period.few) })],
    told: () => [t("told_rate", { n: number(chosen.period.rate, 1) }), t("told_issues", { n: count(chosen.period.issues) }), spread("rate", (n) => decimal(n))],
    limit: (n) => decimal(n, n % 1 ? 1 : 0),
    lack: () => (totals.issues ? null : "issues"),
  },
  station: {
    value: (grid) => row(grid).station,
    text: (grid) => metres(MEASURES.station.value(grid)),
    columns: () => [
      { word: t("farthest"), cell: (grid) => metres(row(grid).farthest) },
      { word: t("nearest_is"), cls: "words", cell: (grid) => (row(grid).near || []).join("、") || "–" },
    ],
    total: () => [metres(totals.station), "", t(data.stations.length ? "head_station" : "lack_station")],
    told: () => [t("told_station", { n: count(data.stations.length) }), spread("station", metres)],
    limit: (n) => metres(n),
    lack: () => (data.stations.length ? null : "station"),
  },
  balance: {
    value: (grid) => row(grid).deviation,
    text: (grid) => (known(row(grid).deviation) ? percent(row(grid).deviation) : t("no_data")),
    columns: () => [{ word: t("weight_short"), cell: (grid) => count(grid.weight) }, { word: t("csv_area"), cls: "words", cell: (grid) => areaName(grid.parent) || "–" }],
    total: () => {
      const most = totals.spread.balance;
      const far = most && (Math.abs(most[0]) > Math.abs(most[2]) ? most[0] : most[2]);
      return [count(totals.over + totals.under), t("unit_grids_off"), t("head_balance", { n: known(far) ? percent(far) : "–" })];
    },
    told: () => [t("told_balance", { over: count(totals.over), under: count(totals.under), allowed: allowed() }), spread("balance", percent)],
    limit: (n) => percent(n),
    rank: (value) => Math.abs(value),
    colours: DIVERGING,
  },
};

const householdsColumn = { word: t("households"), cell: (grid) => count(row(grid).households) };

/** What the plan allows: its band if it was drawn with one, else its tolerance. */
function allowed() {
  const [low, high] = data.band || [];
  if (!data.band) return `±${share(data.tolerance, data.tolerance * 100 % 1 ? 1 : 0)}`;
  return known(high) ? t("between", { a: count(low), b: count(high) }) : t("at_least", { n: count(low) });
}

function tone(n) {
  return n ? "danger" : "ok";
}

function number(value, digits, none = "no_data") {
  return known(value) ? decimal(value, digits) : t(none);
}

function spread(name, write) {
  const all = name === "rate" ? chosen.period.spread : totals.spread[name];
  const found = name === "span" && chosen.role >= 0 ? null : all;
  return found ? t("told_spread", { low: write(found[0]), middle: write(found[1]), high: write(found[2]) }) : "";
}

/** Grids whose span lies over the target line. */
export function overTarget() {
  return chosen.target ? grids.filter((grid) => isOver(grid)) : [];
}

export function isOver(grid) {
  const value = MEASURES.span.value(grid);
  return chosen.target > 0 && known(value) && value > chosen.target;
}

/** Shades that are as far apart as the number of classes allows. */
function shades(measure, breaks) {
  if (measure.colours) return measure.colours;
  return breaks.length >= 4 ? SEQUENTIAL : [[0], [0, 3], [0, 2, 4], [0, 1, 3, 4]][breaks.length].map((k) => SEQUENTIAL[k]);
}

/** The limits of the classes of a measure. */
function breaksOf(name) {
  const { breaks } = MEASURES[name];
  return breaks ? breaks() : data.breaks[name] || [];
}

/** The fill of a grid under a measure. */
export function colourOf(name, grid) {
  const measure = MEASURES[name];
  if (measure.list) return SHEET;
  if (measure.few && measure.few(grid)) return TOO_FEW;
  const value = measure.value(grid);
  const breaks = breaksOf(name);
  return known(value) ? shades(measure, breaks)[classOf(value, breaks)] : NO_DATA;
}

/** Colours and words of the classes of a measure. */
export function classesOf(name) {
  const measure = MEASURES[name];
  const breaks = breaksOf(name);
  const write = measure.limit;
  if (measure.whole) return [shades(measure, breaks), [...breaks.map((_, i) => write(i)), t("at_least", { n: write(breaks.length) })]];
  const words = breaks.map((limit, i) => (i ? t("between", { a: write(breaks[i - 1]), b: write(limit) }) : t("less_than", { n: write(limit) })));
  words.push(breaks.length ? t("at_least", { n: write(breaks[breaks.length - 1]) }) : t("all"));
  return [shades(measure, breaks), words];
}

/** Orders grids by a measure, the greatest first, those without a value last. */
export function worstFirst(name) {
  const measure = MEASURES[name];
  const rank = (grid) => {
    const value = measure.value(grid);
    return known(value) ? (measure.rank ? measure.rank(value) : value) : measure.unknown || -1;
  };
  return (a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)) || (a.code < b.code ? -1 : 1);
}

/** The target line is a setting of whoever looks: kept in the browser where it keeps anything. */
export function keptTarget() {
  try {
    return Math.max(0, Number(window.localStorage.getItem(KEPT)) || 0);
  } catch {
    return 0;
  }
}

export function keepTarget() {
  try {
    window.localStorage.setItem(KEPT, String(chosen.target));
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}
