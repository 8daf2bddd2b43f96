// Tiles of a large place: asked for as the map moves, taken apart between frames, and what the page asks them about grids.

import { chain } from "./borders.js";
import { data, grids, source, tileAt, tileCorner, trace } from "./data.js";
import { readTile } from "./mvt.js";
import { askTile } from "./server.js";
import { areSpots, prepare } from "./tileparts.js";

const CLOSEST = 16; // tiles of this zoom are enlarged near in: their margin then covers the widest road
const KEPT = 160; // tiles
// Layer -> from which zoom of the map it is drawn.
const FROM = { grids: 0, borders: 0, water: 0, other: 0, roads: 0, buildings: 13, units: 14.75 };
const OF_PLAN = ["grids", "borders", "units"];
const hasPlan = Boolean(data.tiles) && data.tiles.plan !== null;
const layers = Object.keys(FROM).filter((name) => hasPlan || !OF_PLAN.includes(name));

/** Work that may wait: one piece a task, so that the page answers in between. */
const jobs = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => {
  const job = jobs.shift();
  if (jobs.length) channel.port2.postMessage(0);
  if (job) job();
};

export function later(job) {
  jobs.push(job);
  if (jobs.length === 1) channel.port2.postMessage(0);
}

/** The zoom of the tiles that a zoom of the map is drawn from. */
export function tileZoom(zoom) {
  return Math.max(0, Math.min(CLOSEST, Math.floor(zoom) - 1));
}

export class VectorTiles {
  constructor() {
    this.tiles = new Map();
    this.shown = [];
    this.hearers = [];
    // Changes with every tile that comes or leaves the view: what was put together from tiles is then out of date.
    this.version = 0;
  }

  /** The tiles that a box of the plane needs at a zoom, asked for if they are not here; others are not waited for. */
  look(box, zoom) {
    const z = tileZoom(zoom);
    const [x0, y0] = tileAt(z, box[0], box[1]).map(Math.floor);
    const [x1, y1] = tileAt(z, box[2], box[3]).map(Math.floor);
    const last = 2 ** z - 1;
    const wanted = [];
    for (let y = Math.max(0, y0); y <= Math.min(last, y1); y += 1) {
      for (let x = Math.max(0, x0); x <= Math.min(last, x1); x += 1) wanted.push(this.tile(z, x, y));
    }
    // From the middle outwards.
    const [mx, my] = tileAt(z, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
    wanted.sort((a, b) => Math.hypot(a.x + 0.5 - mx, a.y + 0.5 - my) - Math.hypot(b.x + 0.5 - mx, b.y + 0.5 - my));
    if (wanted.length !== this.shown.length || wanted.some((tile, i) => tile !== this.shown[i])) this.version += 1;
    const names = layers.filter((name) => zoom >= FROM[name] && !(name === "grids" && areSpots(z)));
    const still = new Set(wanted);
    for (const tile of this.tiles.values()) if (!still.has(tile)) tile.leave();
    this.shown = wanted;
    for (const tile of wanted) for (const name of names) tile.ask(name, () => this.changed(tile));
    this.names = names;
    this.trim();
    return wanted;
  }

  /** Whether all layers of a tile that are drawn now have come (or will not come). */
  isWhole(tile) {
    return this.names.every((name) => tile.parts[name] !== undefined);
  }

  changed(tile) {
    this.version += 1;
    for (const hear of this.hearers) hear(tile);
  }

  tile(z, x, y) {
    const key = `${z}/${x}/${y}`;
    const tile = this.tiles.get(key) || new Tile(z, x, y);
    // The one looked at last stands last.
    this.tiles.delete(key);
    this.tiles.set(key, tile);
    return tile;
  }

  trim() {
    for (const [key, tile] of this.tiles) {
      if (this.tiles.size <= KEPT) return;
      if (!this.shown.includes(tile)) this.tiles.delete(key);
    }
  }

  /** The grid at a place of the plane, or null. */
  gridAt(x, y) {
    for (const tile of this.shown) {
      const [x0, y0, x1, y1] = tile.box;
      if (x < x0 || x >= x1 || y < y0 || y >= y1 || !tile.parts.grids) continue;
      return tile.parts.grids.at(x, y);
    }
    return nearest(x, y);
  }

  /** What the tiles in view know of a grid: {rings, path, edge}. */
  shapeOf(grid) {
    if (this.held !== this.version) {
      this.held = this.version;
      this.shapes = new Map();
    }
    let shape = this.shapes.get(grid.k);
    if (!shape) {
      shape = this.put(grid);
      this.shapes.set(grid.k, shape);
    }
    return shape;
  }

  put(grid) {
    const rings = [];
    const path = new Path2D();
    const edge = new Path2D();
    let edged = false;
    const b = grid.box;
    for (const { box, parts } of this.shown) {
      if (b[0] > box[2] || b[2] < box[0] || b[1] > box[3] || b[3] < box[1]) continue;
      const part = parts.grids && parts.grids.rows.get(grid.k);
      if (part) rings.push(...part.clipped(box));
      for (const line of (parts.borders && parts.borders.of(grid.code)) || []) {
        trace(edge, line, false);
        edged = true;
      }
    }
    for (const ring of rings) trace(path, ring, true);
    if (!rings.length) path.rect(b[0], b[1], b[2] - b[0], b[3] - b[1]);
    return { rings, path, edge: edged ? edge : undefined };
  }

  /** The lines around some grids taken together, as far as they are in view. */
  around(list) {
    const found = [];
    for (const { parts } of this.shown) {
      const once = new Map();
      // A line between two of them is named by both.
      for (const grid of list) for (const line of (parts.borders && parts.borders.of(grid.code)) || []) once.set(line, !once.has(line));
      found.push(...chain([...once.keys()].filter((line) => once.get(line))));
    }
    return found;
  }

  /** Roads with names in view: [{name, kind, lines}], each once. */
  roads() {
    const found = new Map();
    for (const { parts } of this.shown) {
      for (const road of (parts.roads && parts.roads.named) || []) {
        const key = `${road.kind}|${road.name}`;
        if (!found.has(key)) found.set(key, { name: road.name, kind: road.kind, lines: [] });
        found.get(key).lines.push(...road.lines);
      }
    }
    return [...found.values()];
  }
}

class Tile {
  constructor(z, x, y) {
    Object.assign(this, { z, x, y, parts: {}, asked: new Map(), version: 0 });
    const { x: px, y: py, side } = tileCorner(z, x, y);
    this.corner = [px, py];
    this.box = [px, py, px + side, py + side];
  }

  /** Asks for a layer once; `hear()` when it is there. A layer that does not come is asked for again when next looked at. */
  async ask(name, hear) {
    if (this.parts[name] || this.asked.has(name)) return;
    const control = new AbortController();
    this.asked.set(name, control);
    const plan = OF_PLAN.includes(name) ? `?plan=${data.tiles.plan}` : "";
    let body = null;
    let came = true;
    try {
      body = await askTile(`/tiles/${name}/${this.z}/${this.x}/${this.y}.mvt${plan}`, control.signal);
    } catch {
      came = false;
    }
    if (this.asked.get(name) === control) this.asked.delete(name);
    if (control.signal.aborted) return;
    later(() => {
      // An empty part lets the others be drawn; null lets it be asked for again.
      this.parts[name] = came ? prepare(name, body ? readTile(body)[name] : null, this) : null;
      this.version += 1;
      hear();
    });
  }

  /** Nobody looks at it any more: what has not come yet need not come. */
  leave() {
    for (const control of this.asked.values()) control.abort();
    this.asked.clear();
  }
}

/** The grid whose middle is nearest among those whose box holds a place, or null. */
function nearest(x, y) {
  let best = null;
  let least = Infinity;
  for (const grid of grids) {
    const b = grid.box;
    if (x < b[0] || x > b[2] || y < b[1] || y > b[3]) continue;
    const [mx, my] = grid.label ? grid.label.at : [(b[0] + b[2]) / 2, (b[1] + b[3]) / 2];
    const d = Math.hypot(mx - x, my - y);
    if (d < least) [best, least] = [grid, d];
  }
  return best;
}

/** The tiles of this page; null where its shapes stand in it. */
export const tiles = data.tiles ? new VectorTiles() : null;

if (tiles) {
  Object.assign(source, {
    at: (x, y) => tiles.gridAt(x, y),
    rings: (grid) => tiles.shapeOf(grid).rings,
    path: (grid) => tiles.shapeOf(grid).path,
    edge: (grid) => tiles.shapeOf(grid).edge,
  });
}
