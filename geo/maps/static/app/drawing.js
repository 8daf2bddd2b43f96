// The drawing that is edited: which unit is in which grid, the shapes of grids put together from units, their figures.

import { areaOfLevel, boundsOf, contains, data, decode, grids, pixelsPerMetre, planePoint, trace } from "./data.js";
import { borders } from "./borders.js";

/** Label of each unit's grid, −1 for none; the borders are drawn from the same list. */
export const labelOf = data.arcs.grid;
export const units = data.units.rings.map((flats, k) => {
  const rings = flats.map(decode);
  const path = new Path2D();
  for (const ring of rings) trace(path, ring, true);
  const at = data.units.at[k];
  return {
    k, rings, path,
    box: boundsOf(rings),
    at: at ? planePoint(...at) : [NaN, NaN],
    weight: data.units.weight[k],
    households: data.units.households && data.units.households[k],
    residents: data.units.residents && data.units.residents[k],
    parent: data.units.parent[k],
  };
});
export const state = { revision: 0, lockedGrids: new Set(), lockedUnits: new Set(), totals: {}, faults: [], marks: [] };

const arcsOf = units.map(() => []);
data.arcs.left.forEach((left, i) => {
  const right = data.arcs.right[i];
  if (left >= 0) arcsOf[left].push(i);
  if (right >= 0) arcsOf[right].push(i);
});
const CELL = 64;
const cells = new Map();
const size = units.length ? Math.max(...units.map((u) => u.box[2] - u.box[0]).filter(Number.isFinite)) / 2 || CELL : CELL;
for (const unit of units) {
  for (let x = Math.floor(unit.box[0] / size); x <= Math.floor(unit.box[2] / size); x += 1) {
    for (let y = Math.floor(unit.box[1] / size); y <= Math.floor(unit.box[3] / size); y += 1) {
      const key = `${x},${y}`;
      if (!cells.has(key)) cells.set(key, []);
      cells.get(key).push(unit);
    }
  }
}

/** The unit at a place of the plane, or null. */
export function unitAt(x, y) {
  const near = cells.get(`${Math.floor(x / size)},${Math.floor(y / size)}`) || [];
  return near.find((u) => x >= u.box[0] && x <= u.box[2] && y >= u.box[1] && y <= u.box[3] && contains(u.rings, x, y)) || null;
}

/** Units whose inner point lies within `radius` of a place, and the one under it. */
export function unitsNear(x, y, radius) {
  const found = new Set();
  const here = unitAt(x, y);
  if (here) found.add(here.k);
  for (const u of units) if (Math.hypot(u.at[0] - x, u.at[1] - y) <= radius) found.add(u.k);
  return found;
}

/** Units whose inner point lies in a ring [x, y, x, y, …]. */
export function unitsWithin(ring) {
  const box = boundsOf([ring]);
  return units.filter((u) => u.at[0] >= box[0] && u.at[0] <= box[2] && u.at[1] >= box[1] && u.at[1] <= box[3] && contains([ring], ...u.at)).map((u) => u.k);
}

/** Units that touch a unit, each once. */
export function neighbours(k) {
  const found = new Set();
  for (const i of arcsOf[k]) {
    const other = data.arcs.left[i] === k ? data.arcs.right[i] : data.arcs.left[i];
    if (other >= 0) found.add(other);
  }
  return [...found];
}

/** Labels of the grids that touch a grid, of the same area only if asked. */
export function gridsAround(label) {
  const found = new Set();
  units.forEach((u) => {
    if (labelOf[u.k] !== label) return;
    for (const k of neighbours(u.k)) {
      const other = labelOf[k];
      if (other >= 0 && other !== label && grids[other].parent === grids[label].parent) found.add(other);
    }
  });
  return [...found].sort((a, b) => a - b);
}

/** The outline of a set of units: the arcs with one side in it. */
export function outlineOf(has, members) {
  const path = new Path2D();
  const seen = new Set();
  for (const k of members) {
    for (const i of arcsOf[k]) {
      if (seen.has(i)) continue;
      seen.add(i);
      const inside = (piece) => piece >= 0 && has(piece);
      if (inside(data.arcs.left[i]) !== inside(data.arcs.right[i])) trace(path, borders.decoded[i], false);
    }
  }
  return path;
}

/** Why a unit cannot go to a grid: "", "here", "locked" or "area". */
export function hindrance(k, target) {
  if (labelOf[k] === target.k) return "here";
  if (state.lockedUnits.has(k) || (labelOf[k] >= 0 && state.lockedGrids.has(labelOf[k]))) return "locked";
  return units[k].parent === target.parent || target.parent < 0 ? "" : "area";
}

/** Takes in what the server tells; returns the units that changed and the labels of the grids touched. */
export function take(news) {
  const moved = [];
  const touched = new Set(news.grids.map((row) => row.label));
  const put = (k, label) => {
    if (labelOf[k] === label) return;
    touched.add(labelOf[k]).add(label);
    labelOf[k] = label;
    moved.push(k);
  };
  if (news.since === null) news.units.forEach((label, k) => put(k, label));
  else for (const [label, list] of news.units) for (const k of list) put(k, label);
  touched.delete(-1);
  for (const row of news.grids) figure(row);
  for (const label of news.gone) {
    if (!grids[label]) grids[label] = { k: label, code: "", name: "", rings: [], path: new Path2D(), box: boundsOf([]), label: null };
    grids[label].gone = true;
  }
  for (const label of touched) if (grids[label]) shape(grids[label]);
  Object.assign(state, {
    revision: news.revision,
    lockedGrids: new Set(news.locked_grids),
    lockedUnits: new Set(news.locked_units),
    totals: news.totals,
    band: news.band,
    faults: news.faults,
    undo: news.undo,
    redo: news.redo,
    marks: news.checkpoints,
    savedAt: news.saved_at,
    submitted: news.submitted,
  });
  judge();
  borders.changed();
  return { moved, touched };
}

function figure(row) {
  const grid = grids[row.label] || (grids[row.label] = { k: row.label, code: "", num: row.number, rings: [], path: new Path2D() });
  const { name, colour, weight, households, residents, units: count, pieces, compactness } = row;
  Object.assign(grid, { name, colour: colour % 8, weight, households, residents, units: count, pieces, compactness, gone: false });
  grid.parent = data.areas.code.indexOf(row.parent);
}

/** Deviations and sides of all grids: the mean moves with the number of grids. */
function judge() {
  const { ideal } = state.totals;
  for (const grid of grids) {
    data.deviation[grid.k] = ideal > 0 && !grid.gone ? (grid.weight - ideal) / ideal : 0;
    data.side[grid.k] = grid.gone ? 0 : sideOf(grid.weight);
  }
}

export function deviationOf(weight) {
  return state.totals.ideal > 0 ? (weight - state.totals.ideal) / state.totals.ideal : 0;
}

export function sideOf(weight) {
  const slack = 1e-9 * Math.max(state.band[1], 1);
  return weight > state.band[1] + slack ? 1 : weight < state.band[0] - slack ? -1 : 0;
}

/** Puts the shape of a grid together from its units. */
function shape(grid) {
  const mine = grid.gone ? [] : units.filter((u) => labelOf[u.k] === grid.k);
  grid.path = new Path2D();
  for (const u of mine) grid.path.addPath(u.path);
  grid.rings = mine.flatMap((u) => u.rings);
  grid.box = boundsOf(grid.rings);
  grid.edge = outlineOf((k) => labelOf[k] === grid.k, mine.map((u) => u.k));
  grid.label = mine.length ? label(grid, mine) : null;
}

/** A place with much room for the label: the best of the units' inner points and of a lattice. */
function label(grid, mine) {
  const lines = mine.flatMap((u) => arcsOf[u.k].filter((i) => sides(i, grid.k) === 1).map((i) => borders.decoded[i]));
  const [x0, y0, x1, y1] = grid.box;
  const places = mine.map((u) => u.at);
  for (let i = 1; i < 8; i += 1) for (let j = 1; j < 8; j += 1) places.push([x0 + ((x1 - x0) * i) / 8, y0 + ((y1 - y0) * j) / 8]);
  let best = { at: mine[0].at, room: 0 };
  for (const at of places) {
    if (!contains(grid.rings, ...at)) continue;
    const room = Math.min(...lines.map((xy) => distance(xy, at)));
    if (room > best.room) best = { at, room };
  }
  return { at: best.at, metres: best.room / pixelsPerMetre() };
}

function sides(i, label) {
  const inside = (piece) => (piece >= 0 && labelOf[piece] === label ? 1 : 0);
  return inside(data.arcs.left[i]) + inside(data.arcs.right[i]);
}

function distance(xy, [px, py]) {
  let least = Infinity;
  for (let i = 2; i < xy.length; i += 2) {
    const [ax, ay, dx, dy] = [xy[i - 2], xy[i - 1], xy[i] - xy[i - 2], xy[i + 1] - xy[i - 1]];
    const f = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(px - ax - f * dx, py - ay - f * dy));
  }
  return least;
}

/** The name of the community of a unit or grid. */
export function communityOf(parent) {
  const k = areaOfLevel(parent, "community");
  return data.areas.name[k < 0 ? parent : k] || "";
}
