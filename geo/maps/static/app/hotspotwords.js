// How the hotspots page says periods, figures and what they mean.

import { t } from "./data.js";
import { count, day, decimal } from "./format.js";
import { FEW, WITHHELD, baseName, classOfGrid, detail, figure, span, state } from "./hotspotstate.js";

/** 2026 年 10 月, 10 月上旬, 2026 年第 4 季度, 10 月 5 日 – 11 日; what is not over says so. */
export function periodName(step = state.step) {
  const { first, last, whole } = span(step);
  const [year, month, date] = first.split("-").map(Number);
  const end = Number(last.slice(8));
  const values = { y: year, m: month, mon: t(`month_${month}`), q: Math.ceil(month / 3), d: date, end };
  const kind = state.body.question.period;
  let name = kind === "day" ? day(first) : week(first, last);
  if (kind === "month" || kind === "quarter") name = t(`hs_name_${kind}`, values);
  else if (kind === "ten_days") name = t(`hs_name_ten_${date === 1 ? 1 : date === 11 ? 2 : 3}`, values);
  return whole ? name : t("hs_so_far", { name, day: day(last) });
}

function week(first, last) {
  const sameYear = first.slice(0, 4) === last.slice(0, 4);
  return t("hs_name_week", { since: day(first), until: sameYear ? shortDay(last) : day(last) });
}

function shortDay(iso) {
  const [, month, date] = iso.split("-").map(Number);
  return t("date_short", { m: month, d: date, mon: t(`month_${month}`) });
}

/** Days from one to another, such as those of a cluster. */
export function days(first, last) {
  return first === last ? day(first) : week(first, last);
}

/** A count that may be withheld. */
export function countText(n) {
  return n === null ? (detail() ? t("hs_below", { n: state.body.least }) : "…") : count(n);
}

/** The limits of a class. */
export function classWords(k) {
  const { breaks } = state.body;
  const n = (value) => String(value);
  if (k === 0) return t("less_than", { n: n(breaks[0]) });
  if (k === breaks.length) return t("at_least", { n: n(breaks[k - 1]) });
  return t("between", { a: n(breaks[k - 1]), b: n(breaks[k]) });
}

/** The ratio of a grid: its number, or its class where that is all that is told, or why there is none. */
export function ratioText(grid) {
  const k = classOfGrid(grid);
  if (k === FEW) return t("too_few_short");
  if (k === WITHHELD) return t("hs_withheld_short");
  const ratio = figure(state.change ? "change" : "ratio", grid);
  return ratio === null ? classWords(k) : decimal(ratio, 2);
}

export function qText(grid) {
  if (classOfGrid(grid) === FEW) return "";
  const q = figure(state.change ? "change_q" : "q", grid);
  if (q === null) return "–";
  if (state.body.public) return q >= 1 ? "> 0.05" : `≤ ${q}`;
  return q < 0.001 ? "< 0.001" : decimal(q, 3);
}

/** Incidents per 1,000 of what rates are told by, null where it is not known. */
export function rateOf(grid) {
  const { per } = state.body;
  const n = figure("observed", grid);
  return !per || n === null || !(per[1][grid.k] > 0) ? null : Number(((1000 * n) / per[1][grid.k]).toFixed(3));
}

/** Everything that is known of a grid in this period: [[word, value]]. */
export function facts(grid) {
  const out = [[t("hs_observed"), countText(figure("observed", grid))]];
  if (state.change) out.push([t("hs_before"), beforeText(grid)]);
  else out.push([t("hs_expected"), decimal(figure("expected", grid), state.body.public ? 0 : 1)]);
  const rate = rateOf(grid);
  if (rate !== null) out.push([t("hs_rate_per", { base: baseName(state.body.per[0]) }), decimal(rate, 2)]);
  out.push([t(state.change ? "hs_change" : "hs_ratio_own"), ratioText(grid)]);
  if (!state.change) {
    const around = figure("around_ratio", grid);
    if (around !== null) {
      const [low, high] = [figure("low", grid), figure("high", grid)];
      out.push([t("hs_ratio_around"), t("hs_interval", { ratio: decimal(around, 2), low: decimal(low, 2), high: high === null ? "∞" : decimal(high, 2) })]);
      out.push([t("hs_around_counts"), `${count(figure("around_observed", grid))} / ${decimal(figure("around_expected", grid), 1)}`]);
    } else if (state.body.public && classOfGrid(grid) !== FEW) out.push([t("hs_ratio_around"), t("hs_withheld_short")]);
  }
  const q = qText(grid);
  if (q) out.push([t("q_value"), q]);
  out.push([t("hs_window"), periodName()]);
  return out;
}

export function beforeText(grid) {
  if (!state.step && figure("before", grid) === null && !state.body.public) return "–";
  return countText(figure("before", grid));
}

/** Why a grid has no colour, or null. */
export function noColour(grid) {
  const k = classOfGrid(grid);
  return k === FEW ? t("too_few") : k === WITHHELD ? t("hs_withheld", { n: state.body.least }) : null;
}

/** The sentences under the heading: how many, what of, and by what they are measured. */
export function summary() {
  const { question, totals, plan_name: plan } = state.body;
  const total = totals[state.step];
  const out = [];
  if (total.observed === null) out.push(t("hs_total_withheld", { n: state.body.least }));
  else if (total.reports === null) out.push(t("hs_total", { n: count(total.observed) }));
  else out.push(t("hs_total_reports", { n: count(total.observed), reports: count(total.reports) }));
  const base = baseName(question.denominator);
  if (state.change) out.push(t("hs_by_before"));
  else out.push(question.denominator === "past" ? t("hs_by_past") : t("hs_by_base", { base }));
  if (total.without_grid) out.push(t("hs_without_grid", { n: count(total.without_grid) }));
  if (total.left_out) out.push(t("hs_left_out", { n: count(total.left_out), base }));
  out.push(t(question.plan === "then" ? "hs_plan_then" : "hs_plan_now", { name: plan }));
  if (total.hidden) out.push(t("hs_hidden", { n: count(total.hidden), least: state.body.least }));
  return out;
}

/** The names of the grids of a cluster; codes where they are of another plan. */
export function namesOf(cluster, grids) {
  const names = cluster.rows.length ? cluster.rows.map((k) => grids[k].name) : cluster.grids;
  return names.length > 6 ? t("hs_names_more", { names: names.slice(0, 5).join("、"), n: names.length }) : names.join("、");
}
