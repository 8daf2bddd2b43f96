// What the hotspots page shows: the picture, the period that is chosen, the layers, and what is asked of the server.

import { data, grids, t } from "./data.js";
import { RATIO, TOO_FEW } from "./colours.js";
import { ask, ownName, ownToken } from "./server.js";

export const FEW = 6;
export const WITHHELD = 7;
export const WITHHELD_FILL = "#EDEFF1";
const ASKED = ["category", "department", "period", "steps", "until", "denominator", "plan"];

export const state = {
  body: null,
  step: 0,
  change: false,
  layers: { ratio: true, significant: true, clusters: true, analyst: false },
  details: new Map(),
  found: new Map(),
  shape: "circle",
  asked: readAsked(),
};
let classes = null;
let changes = null;

/** Takes a picture and shows its period `step` (the one whose figures came with it, if null). */
export function take(body, step = null) {
  state.body = body;
  classes = bytesOf(body.classes);
  changes = bytesOf(body.changes);
  state.details.clear();
  state.found.clear();
  for (const detail of body.details) state.details.set(detail.step, detail);
  const last = body.details[body.details.length - 1];
  state.step = Math.min(step === null ? wanted(last ? last.step : 0) : step, body.periods.length - 1);
}

/** The byte of a grid in the period that is shown: its class, and 8 where it is significant. */
function byteOf(grid) {
  return (state.change ? changes : classes)[state.step * grids.length + grid.k];
}

export function classOfGrid(grid) {
  return byteOf(grid) & 7;
}

export function isSignificant(grid) {
  return (byteOf(grid) & 8) > 0;
}

export function colourOfGrid(grid) {
  const k = classOfGrid(grid);
  return k === FEW ? TOO_FEW : k === WITHHELD ? WITHHELD_FILL : RATIO[k];
}

/** The figures of the period that is shown, by column; null while they are on their way. */
export function detail() {
  return state.details.get(state.step) || null;
}

/** A figure of a grid; null where it is not told. */
export function figure(name, grid) {
  const told = detail();
  return told ? told[name][grid.k] : null;
}

/** The first and the last day that the period has so far. */
export function span(step = state.step) {
  const [first, last] = state.body.periods[step];
  const day = new Date(Date.parse(`${first}T00:00:00Z`) + (state.body.days[step] - 1) * 86400000);
  const until = day.toISOString().slice(0, 10);
  return { first, last: until < last ? until : last, whole: until >= last };
}

/** The clusters of the period: those of the runs whose days touch it, and those that were found just now. */
export function clusters() {
  const { first, last } = span();
  const runs = state.body.clusters.filter((cluster) => cluster.first <= last && cluster.last >= first);
  return [...(state.found.get(foundKey()) || []), ...runs];
}

/** Whether clusters of this period were looked for. */
export function wereFound() {
  return state.found.has(foundKey());
}

/** Asks for another picture; "" takes a choice back. Periods of the same calendar stay where they are. */
export async function askPicture(change) {
  const asked = { ...state.asked, ...change };
  for (const [name, value] of Object.entries(asked)) if (value === "") delete asked[name];
  const same = !["period", "until", "steps", "plan"].some((name) => name in change);
  const place = same ? { step: state.step } : {};
  const body = await ask(`/v1/hotspots/picture?${query({ ...asked, ...place })}`, undefined, ownName());
  if (body.plan !== data.plan.id) {
    // Grids of another plan: the page comes anew with their shapes.
    window.location.search = query({ ...asked, ...langOf() });
    return false;
  }
  state.asked = asked;
  take(body, body.details[0].step);
  keepAddress();
  return true;
}

/** Asks for the figures of the period that is shown, where they are not here yet. */
export async function askDetail() {
  const { step, body } = state;
  if (state.details.has(step) || data.standalone) return;
  const told = await ask(`/v1/hotspots/step?${query({ ...state.asked, step })}`, undefined, ownName());
  if (body === state.body) state.details.set(step, told);
}

/** Looks for clusters of the period that is shown, now. */
export async function askClusters() {
  const key = foundKey();
  const { body } = state;
  const asked = query({ ...state.asked, step: state.step, shape: state.shape });
  const told = await ask(`/v1/hotspots/clusters?${asked}`, undefined, ownName());
  if (body === state.body) state.found.set(key, told.clusters);
  return told.clusters;
}

/** Whether who is here may be told more than the page came with. */
export function mayKnowMore() {
  return !data.standalone && ownToken() !== "" && state.body.public;
}

/** The address of what is shown, so that it can be kept and sent. */
export function keepAddress() {
  if (data.standalone) return;
  const more = state.change ? { change: 1 } : {};
  const text = query({ ...state.asked, step: state.step, ...more, ...langOf() });
  window.history.replaceState(null, "", `${window.location.pathname}?${text}`);
}

/** The query of an export of what is shown. */
export function exportQuery() {
  return query({ ...state.asked, step: state.step });
}

/** How the denominator is called. */
export function baseName(name) {
  return name.startsWith("field:") ? t("hs_field", { name: name.slice(6) }) : t(`denominator_${name}`);
}

function foundKey() {
  return `${state.step} ${state.shape}`;
}

function query(values) {
  return new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)])).toString();
}

function langOf() {
  const lang = new URLSearchParams(window.location.search).get("lang");
  return lang ? { lang } : {};
}

function readAsked() {
  const given = new URLSearchParams(window.location.search);
  return Object.fromEntries(ASKED.filter((name) => given.get(name)).map((name) => [name, given.get(name)]));
}

function wanted(usual) {
  const step = Number(new URLSearchParams(window.location.search).get("step") || NaN);
  return Number.isInteger(step) && step >= 0 ? step : usual;
}

function bytesOf(text) {
  return Uint8Array.from(window.atob(text), (sign) => sign.charCodeAt(0));
}
