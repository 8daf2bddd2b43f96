// What the page shows as a table for a spreadsheet.

import { areaName, data, grids, latLng, t } from "./data.js";
import { PERIODS, rateOf, rows } from "./coveragerows.js";

/** The rows of a list of the page, or all grids with all measures; the first row names the columns. */
export function tableOf(list) {
  if (list === "uncovered") {
    const head = ["csv_name", "csv_code", "households", "residents", "csv_lon", "csv_lat"].map((key) => t(key));
    return [head, ...data.uncovered.map((b) => [b.name, b.id, b.households, b.residents, ...lonLat(b.at)])];
  }
  if (list === "seams") {
    const head = ["csv_text", "grids", "csv_size", "csv_lon", "csv_lat"].map((key) => t(key));
    return [head, ...data.seams.map((s) => [s.text, s.codes.join(" "), s.size, ...lonLat(s.at)])];
  }
  const yes = (value) => t(value ? "csv_yes" : "csv_no");
  const head = ["csv_code", "csv_name", "csv_area", "households", "residents", "buildings", "workers", "vacant", "vacant_roles_short", "span"].map((key) => t(key));
  head.push(...data.roles.map((role) => `${t("span")} · ${role}`));
  head.push(...["issues", "rate", "csv_judged", "csv_station_m", "csv_farthest_m", "nearest_is", "csv_deviation"].map((key) => t(key)));
  // All time first, as the other measures are; then each period with its own rate.
  const periods = PERIODS.slice(1);
  head.push(...periods.flatMap(({ days }) => [`${t("issues")} · ${t("last_days", { n: days })}`, `${t("rate")} · ${t("last_days", { n: days })}`]));
  const lines = grids.map((grid) => {
    const row = rows[grid.k];
    const start = [grid.code, grid.name, areaName(grid.parent)];
    if (!row) return start;
    return [
      ...start, row.households, row.residents, row.buildings, row.people, row.templated ? row.vacant.length : null, row.vacant.join(" "), row.span,
      ...row.roles, row.issues, row.rate, yes(row.judged), row.station, row.farthest, row.near.join(" "), row.deviation,
      ...periods.flatMap((period) => [rateOf(grid, period).issues, rounded(rateOf(grid, period).rate)]),
    ];
  });
  return [head, ...lines];
}

function rounded(rate) {
  return rate === null ? null : Number(rate.toFixed(1));
}

function lonLat(at) {
  const [lat, lon] = latLng(...at);
  return [Number(lon.toFixed(7)), Number(lat.toFixed(7))];
}
