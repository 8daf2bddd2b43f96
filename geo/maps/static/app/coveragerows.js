// The figures of the grids, which come by column, and the period that the rate of issues is shown for.

import { data } from "./data.js";

const { words } = data.rows;
const NAMED = ["vacant", "near"];

/** A row by grid; null where nothing is known of it. */
export const rows = data.rows.households.map((held, k) => {
  if (held === null) return null;
  const row = {};
  for (const [name, column] of Object.entries(data.rows)) {
    if (name === "words") continue;
    row[name] = NAMED.includes(name) ? column[k].map((at) => words[at]) : column[k];
  }
  return row;
});

/** All time, and the periods of the page: {days (0 for all time), issues, rate, few, spread, breaks}. */
export const PERIODS = [
  { days: 0, issues: data.totals.issues, rate: data.totals.rate, few: data.totals.few, spread: data.totals.spread.rate, breaks: data.breaks.rate },
  ...data.periods,
];

/** Issues, rate and whether it means anything, of a grid in a period. */
export function rateOf(grid, period) {
  const row = rows[grid.k];
  if (!row) return { issues: null, rate: null, judged: false };
  if (!period.days) return row;
  const issues = period.counts[grid.k];
  return { issues, rate: row.households ? (1000 * issues) / row.households : null, judged: Boolean(period.judged[grid.k]) };
}
