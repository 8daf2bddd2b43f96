// The issues of the page, one object each on demand from the columns, and what can be asked of them.

import { areaName, areaOfLevel, data, grids, planePoint, t } from "./data.js";

const { columns, tables, n } = data.issues;
const STATUS = ["to_confirm", "to_dispatch", "in_progress", "closed"];
const SOON_S = 3600;

/** Numbers of all issues, newest first. */
export const all = Array.from({ length: n }, (_, i) => i);
const points = all.map((i) => (columns.x[i] === null ? null : planePoint(columns.x[i], columns.y[i])));

/** The value of an issue in a column; null if this page does not carry the column. */
export function column(name, i) {
  return columns[name] ? columns[name][i] : null;
}

/** The value that a column's number points to in its table, null for none. */
export function lookUp(name, i, table = name) {
  const k = column(name, i);
  return k === null || k < 0 ? null : tables[table][k];
}

/** Where an issue lies in the plane, or null. */
export function pointOf(i) {
  return points[i];
}

export function isOpen(i) {
  return columns.status[i] !== 3;
}

/** Past its deadline and still open. */
export function isOverdue(i) {
  return isOpen(i) && columns.due[i] !== null && columns.due[i] < data.now;
}

/** "late", "soon" (under an hour) or "" for the colour of the time left. */
export function urgency(i) {
  if (!isOpen(i) || columns.due[i] === null) return "";
  const left = columns.due[i] - data.now;
  return left < 0 ? "late" : left < SOON_S ? "soon" : "";
}

/** The status in the work's order: to_confirm, to_dispatch, in_progress, closed. */
export function statusOf(i) {
  return STATUS[columns.status[i]];
}

/** The sign that stands for an issue: overdue comes before the status. */
export function signOf(i) {
  return isOverdue(i) ? "overdue" : statusOf(i);
}

export function title(i) {
  return lookUp("category", i) || t("category_none");
}

/** What pins ask of an issue of this page. */
export const pinOf = { point: pointOf, sign: signOf, title };

export function departmentName(i) {
  return lookUp("department", i) || t("department_none");
}

export function gridName(i) {
  const k = columns.grid[i];
  if (k >= 0) return grids[k].name;
  const chain = lookUp("chain", i);
  if (chain && columns.where[i] === 0) return chain.names[chain.names.length - 1];
  return columns.where[i] === 1 ? t("grid_outside") : t("grid_none");
}

/** Name of the community of an issue's grid, "" for none. */
export function communityName(i) {
  const k = columns.grid[i];
  if (k < 0) return "";
  const area = areaOfLevel(grids[k].parent, "community");
  return areaName(area < 0 ? grids[k].parent : area);
}

export function tableOf(name) {
  return tables[name] || [];
}

/** Open ones by time left, those without a deadline after them, closed ones last. */
export function byTimeLeft(a, b) {
  return rank(a) - rank(b) || key(a) - key(b) || columns.reported[b] - columns.reported[a];
}

function rank(i) {
  return isOpen(i) ? (columns.due[i] === null ? 1 : 0) : 2;
}

function key(i) {
  return isOpen(i) && columns.due[i] !== null ? columns.due[i] : 0;
}
