// The units of a draft, put together from their borders: places, what they hold, who touches whom.

import { boundsOf, contains, data, decode, planePoint, trace } from "./data.js";
import { borders } from "./borders.js";
import { summed, unpack, unpackLines } from "./packed.js";

const { left, right } = data.arcs;
const lines = borders.decoded;
const count = data.units.count;
const boxes = lines.map((xy) => boundsOf([xy]));

// The ends of all borders by number: borders that meet have the same one.
const from = new Int32Array(lines.length);
const to = new Int32Array(lines.length);
const numbers = new Map();
lines.forEach((xy, i) => {
  from[i] = nodeAt(xy[0], xy[1]);
  to[i] = nodeAt(xy[xy.length - 2], xy[xy.length - 1]);
});

/** The borders of each unit. */
export const arcsOf = Array.from({ length: count }, () => []);
left.forEach((one, i) => {
  if (one >= 0) arcsOf[one].push(i);
  if (right[i] >= 0) arcsOf[right[i]].push(i);
});

// Units that overlap others or touch themselves come with rings of their own.
const odd = new Map();
{
  const rings = unpackLines(data.units.rings).map((flat) => decode(flat));
  const sizes = unpack(data.units.odd_rings);
  let at = 0;
  unpack(data.units.odd).forEach((k, i) => {
    odd.set(k, rings.slice(at, at + sizes[i]));
    at += sizes[i];
  });
}

class Unit {
  constructor(k, at, parent) {
    Object.assign(this, { k, at, parent });
    this.weight = data.units.weight[k];
    this.households = column("households", k);
    this.residents = column("residents", k);
    this.box = odd.has(k) ? boundsOf(odd.get(k)) : arcsOf[k].map((i) => boxes[i]).reduce(around, boundsOf([]));
  }

  /** Its rings; most units are never asked for them. */
  get rings() {
    if (!this.own) this.own = ringsOf([this.k]);
    return this.own;
  }

  get path() {
    if (!this.drawn) this.drawn = pathOfRings(this.rings);
    return this.drawn;
  }
}

const xs = summed(data.units.x);
const ys = summed(data.units.y);
const parents = summed(data.units.parent);
export const units = Array.from({ length: count }, (_, k) => new Unit(k, planePoint(xs[k], ys[k]), parents[k]));

// Units by the squares that they touch.
const size = Math.max(1, (units.reduce((sum, u) => sum + (Number.isFinite(u.box[0]) ? u.box[2] - u.box[0] + u.box[3] - u.box[1] : 0), 0) / (count || 1)));
const cells = new Map();
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
    const other = left[i] === k ? right[i] : left[i];
    if (other >= 0) found.add(other);
  }
  return [...found];
}

/** The outline of a set of units: the borders with one side in it. */
export function outlineOf(has, members) {
  const path = new Path2D();
  const seen = new Set();
  for (const k of members) {
    for (const i of arcsOf[k]) {
      if (seen.has(i)) continue;
      seen.add(i);
      const inside = (piece) => piece >= 0 && has(piece);
      if (inside(left[i]) !== inside(right[i])) trace(path, lines[i], false);
    }
  }
  return path;
}

/** The rings of units taken together: their borders with nothing of them on the other side, end to end. */
export function ringsOf(members) {
  if (members.some((k) => odd.has(k))) return members.flatMap((k) => odd.get(k) || ringsOf([k]));
  const mine = new Set(members);
  const starts = new Map();
  const edges = [];
  const add = (i, forward) => {
    const edge = { i, forward, used: false };
    const at = forward ? from[i] : to[i];
    if (!starts.has(at)) starts.set(at, []);
    starts.get(at).push(edge);
    edges.push(edge);
  };
  for (const k of members) {
    for (const i of arcsOf[k]) {
      if (left[i] === k && !mine.has(right[i])) add(i, true);
      if (right[i] === k && !mine.has(left[i])) add(i, false);
    }
  }
  const rings = [];
  for (const first of edges) if (!first.used) rings.push(walk(first, starts));
  return rings.filter((ring) => ring.length >= 6);
}

function walk(first, starts) {
  const parts = [];
  const home = first.forward ? from[first.i] : to[first.i];
  for (let edge = first; edge; ) {
    edge.used = true;
    parts.push(edge);
    const end = edge.forward ? to[edge.i] : from[edge.i];
    edge = end === home ? null : (starts.get(end) || []).find((next) => !next.used);
  }
  // Each border without its last point, with which the next one begins.
  const out = new Float64Array(parts.reduce((sum, { i }) => sum + lines[i].length - 2, 0));
  let at = 0;
  for (const { i, forward } of parts) {
    const xy = lines[i];
    for (let j = 0; j < xy.length - 2; j += 2) {
      const source = forward ? j : xy.length - 2 - j;
      out[at] = xy[source];
      out[at + 1] = xy[source + 1];
      at += 2;
    }
  }
  return out;
}

export function pathOfRings(rings) {
  const path = new Path2D();
  for (const ring of rings) trace(path, ring, true);
  return path;
}

/** The box around two boxes. */
export function around(a, b) {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

const shut = new Set();
{
  const pairs = unpack(data.closed);
  for (let i = 0; i < pairs.length; i += 2) shut.add(pairOf(pairs[i], pairs[i + 1]));
}

/** Whether no grid may cross the border between two units. */
export function isClosed(a, b) {
  return shut.has(pairOf(a, b));
}

/** Borders that no grid may cross, as one path; null where there are none. */
export function closedPath() {
  if (!shut.size) return null;
  const path = new Path2D();
  lines.forEach((xy, i) => {
    if (right[i] >= 0 && isClosed(left[i], right[i])) trace(path, xy, false);
  });
  return path;
}

function pairOf(a, b) {
  return Math.min(a, b) * count + Math.max(a, b);
}

function column(name, k) {
  const values = data.units.same === name ? data.units.weight : data.units[name];
  return values && values[k];
}

function nodeAt(x, y) {
  const key = `${x},${y}`;
  if (!numbers.has(key)) numbers.set(key, numbers.size);
  return numbers.get(key);
}
