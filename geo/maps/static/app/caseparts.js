// What a case says: the grids that it may lie in, with how likely each is, and why it went where it went.

import { contains, data, grids, pixelsPerMetre, t } from "./data.js";
import { fill } from "./pagedata.js";
import { decimal, metres, planName, share } from "./format.js";
import { departmentName, planeAt } from "./board.js";

const gridOf = new Map(grids.map((grid) => [grid.code, grid]));
export const SURE = 0.6;
// What is less likely than this need not be told.
const TOLD = 0.005;

/** The grid of the page with a code, or undefined. */
export function findGrid(code) {
  return gridOf.get(code);
}

/** Where an issue lies in the plane, or null. */
export function placeOf(told) {
  const { lon, lat } = told.issue.location;
  return lon === null || lat === null ? null : planeAt(lon, lat);
}

/** The radius of the location error in metres, or null. */
export function errorOf(told) {
  return told.issue.accuracy_m || told.issue.location.context.accuracy_m || null;
}

/**
 * Where it may lie, by grid, the likely ones first: {code, name, grid, leader, share, shown, number,
 * places, at, by, inside, metres}. `number` is the candidate that confirms it; `share` is null where nobody has reckoned
 * it; `shown` is the same in whole per cent that come to 100.
 */
export function choicesOf(told) {
  const known = new Map(told.shares.map((one) => [one.grid, one]));
  const spread = told.candidates.filter((one) => one.entry !== null && !one.grid && one.name);
  const point = placeOf(told);
  const found = new Map();
  const choiceOf = (code, name) => {
    if (!found.has(code)) {
      const grid = gridOf.get(code);
      const { share: part = null } = known.get(code) || {};
      found.set(code, { code, name: name || (grid ? grid.name : code), grid, leader: grid ? data.leaders[grid.k] : "", number: null, places: [], at: [], by: new Set(), share: part });
    }
    return found.get(code);
  };
  told.candidates.forEach((one, at) => {
    if (!one.grid && one.entry !== null) return;
    const choice = choiceOf(one.grid, one.grid_name);
    if (choice.number === null) choice.number = at + 1;
    choice.by.add(one.entry === null ? "position" : "words");
    if (one.entry === null) return;
    if (one.name && !choice.places.includes(one.name)) choice.places.push(one.name);
    if (one.lon !== null) choice.at.push(planeAt(one.lon, one.lat));
  });
  for (const one of told.shares) choiceOf(one.grid, one.grid_name);
  for (const choice of found.values()) {
    // A road lies in several grids: each of them bears its name.
    if (!choice.places.length && choice.code && choice.share !== null) choice.places = spread.map((one) => one.name).filter((name, k, all) => all.indexOf(name) === k);
    if (point && choice.grid && choice.grid.rings.length) {
      choice.inside = contains(choice.grid.rings, point[0], point[1]);
      choice.metres = edgeDistance(choice.grid.rings, point) / pixelsPerMetre();
    }
  }
  const list = [...found.values()];
  if (told.elsewhere >= TOLD) list.push({ code: null, elsewhere: true, name: t("elsewhere"), leader: "", number: null, places: [], at: [], by: new Set(), share: told.elsewhere });
  list.sort(byShare);
  inWholePerCent(list.filter((choice) => choice.share !== null));
  return list;
}

/** The likely ones first; those that nobody has reckoned last, and of these what is no grid behind the others. */
function byShare(a, b) {
  return (b.share || 0) - (a.share || 0) || !a.code - !b.code;
}

/** Whole per cent that come to what the shares come to: who lost most by rounding down gets one more. */
function inWholePerCent(choices) {
  const whole = Math.round(100 * choices.reduce((sum, choice) => sum + choice.share, 0));
  for (const choice of choices) choice.shown = Math.floor(choice.share * 100 + 1e-9) / 100;
  const lost = (choice) => choice.share - choice.shown;
  const missing = whole - Math.round(100 * choices.reduce((sum, choice) => sum + choice.shown, 0));
  for (const choice of [...choices].sort((a, b) => lost(b) - lost(a)).slice(0, Math.max(0, missing))) choice.shown += 0.01;
}

/** Pixels of the plane from a point to the nearest edge of rings. */
function edgeDistance(rings, [x, y]) {
  let best = Infinity;
  for (const xy of rings) {
    for (let i = 0, j = xy.length - 2; i < xy.length; j = i, i += 2) {
      const [dx, dy] = [xy[i] - xy[j], xy[i + 1] - xy[j + 1]];
      const along = Math.max(0, Math.min(1, ((x - xy[j]) * dx + (y - xy[j + 1]) * dy) / (dx * dx + dy * dy || 1)));
      best = Math.min(best, Math.hypot(xy[j] + along * dx - x, xy[j + 1] + along * dy - y));
    }
  }
  return best;
}

/** The reason in a sentence or two: what is uncertain, with its figures. */
export function reasonOf(told) {
  const { border_m: border } = told.issue.location;
  const error = errorOf(told);
  if (told.reason === "near_border_ambiguous" && border !== null && error !== null) {
    return t("reason_border", { border: metres(Math.round(border)), error: metres(Math.round(error)) });
  }
  return told.reason_text || told.issue.location.note_text;
}

/** Three to five steps, each one fact with its evidence; the uncertain one says so. */
export function stepsOf(told) {
  const { location } = told.issue;
  return [...placeSteps(told), gridStep(told), told.queue === "unrouted" || location.status === "located" ? ruleStep(told) : null].filter(Boolean);
}

function placeSteps(told) {
  const { location, address } = told.issue;
  const context = location.context;
  const words = context.outcome ? context : context.address;
  const out = [];
  const hasPlace = location.lon !== null;
  if (hasPlace && location.method !== "address") {
    const moved = location.shift_m < 0.1 ? t("why_coordinate_same") : t("why_coordinate_shift", { m: metres(Math.round(location.shift_m)) });
    const error = errorOf(told);
    out.push({
      fact: t("why_coordinate", { crs: location.crs }),
      evidence: [moved, error ? t("error_radius", { m: metres(Math.round(error)) }) : "", location.method === "both" ? t("why_both") : ""],
    });
  }
  if (words && words.outcome) {
    const sure = words.outcome === "match";
    const names = namesOf(words);
    const fact = sure && names.length ? t("why_matched", { name: names[0] }) : names.length ? t("why_address_found", { names: names.join("、") }) : t("why_address_none");
    const confidence = typeof words.confidence === "number" && sure ? t("confidence", { value: decimal(words.confidence, 2) }) : "";
    out.push({ fact, evidence: [address ? t("said_address", { address }) : "", confidence, ...faultsOf(words)], unsure: !sure && !hasPlace });
  } else if (!hasPlace) {
    out.push({ fact: t("why_no_place"), evidence: [told.reason_text], unsure: true });
  }
  return out;
}

/** What an address may mean; places of one name are told apart by their grids. */
function namesOf(words) {
  const list = (words.candidates || []).slice(0, 3).filter((one) => one.name || one.id);
  const often = (name) => list.filter((one) => (one.name || one.id) === name).length > 1;
  return list.map((one) => {
    const name = one.name || one.id;
    const grid = gridOf.get(one.grid);
    return often(name) ? t("name_in", { name, grid: grid ? grid.name : t("grid_none") }) : name;
  });
}

/** What speaks against an address, as sentences. */
function faultsOf(words) {
  const told = words.explanation;
  if (!told || typeof told !== "object") return told ? [String(told)] : [];
  return (told.faults || []).map(({ key, context }) => {
    const sentence = data.faults[key];
    return sentence ? fill(sentence, context || {}) : "";
  });
}

function gridStep(told) {
  const { location } = told.issue;
  const plan = data.plan ? planName(data.plan) : "–";
  if (location.status === "located") {
    const error = errorOf(told);
    const border = location.border_m;
    const unsure = error !== null && border !== null && error > border && location.method === "coordinate";
    const parts = { accuracy: metres(error && Math.round(error)), border: metres(border && Math.round(border)) };
    return {
      fact: t("why_in_grid", { name: location.grid_name || location.grid }),
      evidence: [
        border === null ? t("by_plan", { plan }) : t("why_in_grid_plan", { plan, m: metres(Math.round(border)) }),
        error === null || border === null ? "" : t(unsure ? "why_uncertain" : "why_certain", parts),
      ],
      unsure,
    };
  }
  const choices = choicesOf(told).filter((choice) => choice.code && choice.share !== null).slice(0, 3);
  if (choices.length > 1) {
    const names = choices.map((choice) => `${choice.name} ${share(choice.shown)}`).join(t("comma_list"));
    return { fact: t("why_several", { names }), evidence: [reasonOf(told), t("by_plan", { plan })], unsure: true };
  }
  if (location.status === "outside") {
    const near = findGrid(location.nearest_grid);
    return { fact: t("why_outside"), evidence: [near ? t("near_fact", { name: near.name, m: metres(Math.round(location.nearest_m)) }) : ""], unsure: true };
  }
  return null;
}

function ruleStep(told) {
  const { route } = told.issue;
  const decided = route.steps.find((step) => step.why === "step_decided");
  if (!route.department) return { fact: t("why_no_rule"), evidence: [route.note_text], unsure: true };
  if (route.rule === "case_override") {
    return { fact: t("why_by_person", { department: nameOf(route) }), evidence: route.tried.length ? [t("before_rule", { id: route.tried[0][0] })] : [] };
  }
  const list = route.rule_list ? t(`list_${route.rule_list}`) : "";
  const limit = route.deadline === null ? "" : t(`limit_${route.deadline_unit || "hours"}`, { n: decimal(route.deadline, route.deadline % 1 ? 1 : 0) });
  const hours = !limit && route.deadline_hours !== null ? t("limit_hours", { n: decimal(route.deadline_hours, route.deadline_hours % 1 ? 1 : 0) }) : "";
  const tried = decided ? route.steps.filter((step) => step.why !== "step_no_rule" && step !== decided).map((step) => step.why_text) : [];
  return {
    fact: t("why_rule", { id: route.rule || "–", version: route.rule_version || "–", department: nameOf(route) }),
    evidence: [[list, limit || hours, route.closing ? t("closes_when", { closing: route.closing }) : ""].filter(Boolean).join(" · "), route.alarm_text],
    more: tried.filter(Boolean),
  };
}

function nameOf(route) {
  return route.department_name || departmentName(route.department);
}
