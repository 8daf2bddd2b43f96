// The drawing that is edited: which unit is in which grid, the shapes of grids put together from units, their figures.

import { areaOfLevel, contains, data, grids, pixelsPerMetre } from "./data.js";
import { borders } from "./borders.js";
import { around, arcsOf, isClosed, neighbours, pathOfRings, ringsOf, units } from "./units.js";

/** Label of each unit's grid, −1 for none; the borders are drawn from the same list. */
export const labelOf = data.arcs.grid;
export const state = { revision: 0, lockedGrids: new Set(), lockedUnits: new Set(), totals: {}, faults: [], marks: [] };

const NOWHERE = [Infinity, Infinity, -Infinity, -Infinity];
// More places than this are not tried for a label.
const PLACES_MOST = 40;
const members = new Map();
labelOf.forEach((label, k) => unitsOf(label).add(k));

/** The units of a grid. */
export function unitsOf(label) {
  if (!members.has(label)) members.set(label, new Set());
  return members.get(label);
}

/** A grid of the draft; its shape is put together when somebody looks at it. */
class Drawn {
  constructor(k, number) {
    const known = k < data.named.code.length;
    Object.assign(this, { k, code: known ? data.named.code[k] : "", num: known ? data.named.num[k] : number, name: "", gone: false });
  }

  /** Its units are others now. */
  redraw() {
    this.made = {};
  }

  get rings() {
    return this.once("rings", () => ringsOf([...unitsOf(this.k)]));
  }

  get path() {
    return this.once("path", () => pathOfRings(this.rings));
  }

  get box() {
    return this.once("box", () => [...unitsOf(this.k)].map((k) => units[k].box).reduce(around, NOWHERE));
  }

  get label() {
    return this.once("label", () => (this.gone || !unitsOf(this.k).size ? null : roomiest(this)));
  }

  once(name, make) {
    if (!(name in this.made)) this.made[name] = make();
    return this.made[name];
  }
}

/** Labels of the grids that a grid touches and could be one with: of its area, not only over a closed border. */
export function gridsAround(label) {
  const found = new Set();
  for (const k of unitsOf(label)) {
    for (const near of neighbours(k)) {
      const other = labelOf[near];
      if (other >= 0 && other !== label && !isClosed(k, near) && grids[other].parent === grids[label].parent) found.add(other);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** Why a unit cannot go to a grid: "", "here", "locked" or "area". */
export function hindrance(k, target) {
  if (labelOf[k] === target.k) return "here";
  if (isLocked(k)) return "locked";
  return units[k].parent === target.parent || target.parent < 0 ? "" : "area";
}

/** Whether a unit is held by a lock of its own or of its grid. */
export function isLocked(k) {
  return state.lockedUnits.has(k) || (labelOf[k] >= 0 && state.lockedGrids.has(labelOf[k]));
}

/** How many units of a grid are locked by themselves. */
export function lockedIn(label) {
  let n = 0;
  for (const k of state.lockedUnits) if (labelOf[k] === label) n += 1;
  return n;
}

/** Takes in what the server tells; returns the units that changed and the labels of the grids touched. */
export function take(news) {
  const moved = [];
  const touched = new Set(news.grids.map((row) => row.label));
  const put = (k, label) => {
    if (labelOf[k] === label) return;
    touched.add(labelOf[k]).add(label);
    unitsOf(labelOf[k]).delete(k);
    unitsOf(label).add(k);
    labelOf[k] = label;
    moved.push(k);
  };
  if (news.since === null) news.units.forEach((label, k) => put(k, label));
  else for (const [label, list] of news.units) for (const k of list) put(k, label);
  touched.delete(-1);
  for (const row of news.grids) figure(row);
  for (const label of news.gone) {
    if (!grids[label]) grids[label] = new Drawn(label, "");
    grids[label].gone = true;
  }
  for (const label of touched) if (grids[label]) grids[label].redraw();
  const meant = state.totals.ideal;
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
  if (moved.length) borders.changed();
  // A mean that moved changes what every row says.
  return { moved, touched: meant === state.totals.ideal ? touched : null };
}

function figure(row) {
  const grid = grids[row.label] || (grids[row.label] = new Drawn(row.label, row.number));
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

/** A place with much room for the label: the best of the units' inner points and of a lattice. */
function roomiest(grid) {
  const mine = [...unitsOf(grid.k)];
  const lines = mine.flatMap((k) => arcsOf[k].filter((i) => sides(i, grid.k) === 1).map((i) => borders.decoded[i]));
  const [x0, y0, x1, y1] = grid.box;
  const every = Math.ceil(mine.length / PLACES_MOST);
  const places = mine.filter((_, i) => i % every === 0).map((k) => units[k].at);
  for (let i = 1; i < 8; i += 1) for (let j = 1; j < 8; j += 1) places.push([x0 + ((x1 - x0) * i) / 8, y0 + ((y1 - y0) * j) / 8]);
  let best = { at: units[mine[0]].at, room: 0 };
  for (const at of places) {
    const room = roomAt(lines, at, best.room);
    if (room > best.room && contains(grid.rings, ...at)) best = { at, room };
  }
  return { at: best.at, metres: best.room / pixelsPerMetre() };
}

function sides(i, label) {
  const inside = (piece) => (piece >= 0 && labelOf[piece] === label ? 1 : 0);
  return inside(data.arcs.left[i]) + inside(data.arcs.right[i]);
}

/** How far a place is from the nearest line, or something below `enough` if it is no farther than that. */
function roomAt(lines, [px, py], enough) {
  let least = Infinity;
  for (const xy of lines) {
    for (let i = 2; i < xy.length; i += 2) {
      const [ax, ay, dx, dy] = [xy[i - 2], xy[i - 1], xy[i] - xy[i - 2], xy[i + 1] - xy[i - 1]];
      const f = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1)));
      least = Math.min(least, Math.hypot(px - ax - f * dx, py - ay - f * dy));
      if (least <= enough) return least;
    }
  }
  return least;
}

/** The name of the community of a unit or grid. */
export function communityOf(parent) {
  const k = areaOfLevel(parent, "community");
  return data.areas.name[k < 0 ? parent : k] || "";
}
