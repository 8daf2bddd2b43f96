// Layers of a tile made ready for drawing: steps of the tile become places of the plane, features become paths.

import { boundsOf, contains, data, grids, trace } from "./data.js";
import { GREEN } from "./basemap.js";
import { chain } from "./borders.js";
import { linesOf } from "./mvt.js";
import { ROAD_CLASSES, roadClass } from "./roads.js";

const SPOT_PX = 5; // smaller grids are boxes: nobody can point at them
const LINED_PX = 9; // smaller ones have no lines between them, nor their communities
const over = new Set(data.grids.over || []);
const usual = middle(grids.map((grid) => Math.max(grid.box[2] - grid.box[0], grid.box[3] - grid.box[1])));

/** How wide most grids are on a tile that is shown 512 pixels wide. */
function width(z) {
  return usual * 2 ** (z - 19);
}

/** Whether grids on tiles of a zoom are too small to show more than a spot of colour. */
export function areSpots(z) {
  return width(z) < SPOT_PX;
}

/** What is drawn of a layer of a tile; `layer` is null where nothing lies in it. */
export function prepare(name, layer, tile) {
  const scale = (tile.box[2] - tile.box[0]) / (layer ? layer.extent : 4096);
  const features = layer ? layer.features : [];
  const lines = (feature) => linesOf(layer, feature).map((line) => place(line, tile.corner, scale));
  return MAKE[name](features, lines, tile);
}

const MAKE = {
  grids: gridParts,
  borders: borderParts,
  units: (features, lines) => ({ path: pathOf(features, lines) }),
  buildings: (features, lines) => ({ path: pathOf(features, lines) }),
  water: (features, lines) => ({ path: pathOf(features, lines) }),
  roads: roadParts,
  other: otherParts,
};

function place(line, [x0, y0], scale) {
  const out = new Float64Array(line.length);
  for (let i = 0; i < line.length; i += 2) {
    out[i] = x0 + line[i] * scale;
    out[i + 1] = y0 + line[i + 1] * scale;
  }
  return out;
}

function pathOf(features, lines) {
  const path = new Path2D();
  for (const feature of features) for (const xy of lines(feature)) trace(path, xy, feature.type === 3);
  return path;
}

/** Grids by row of the page; a feature says its row by its number, which crowded tiles of tiny grids leave out. */
class GridPart {
  constructor(row, rings) {
    Object.assign(this, { row, rings, box: boundsOf(rings) });
  }

  /** The rings within the tile alone, so that those of neighbouring tiles meet and do not overlap. */
  clipped(box) {
    return this.rings.map((ring) => clip(ring, box)).filter((ring) => ring.length >= 6);
  }
}

/** The grids of a tile. */
class GridParts {
  constructor(list) {
    this.list = list;
    this.rows = new Map(list.map((part) => [part.row, part]));
  }

  /** The grid at a place of the plane, or null. */
  at(x, y) {
    const found = this.list.find(({ row, box: b, rings }) => row >= 0 && x >= b[0] && x <= b[2] && y >= b[1] && y <= b[3] && contains(rings, x, y));
    return found ? grids[found.row] : null;
  }

  /** All that the net covers. */
  covered() {
    if (!this.whole) {
      this.whole = new Path2D();
      for (const { row, rings } of this.list) if (!over.has(row)) for (const ring of rings) trace(this.whole, ring, true);
    }
    return this.whole;
  }

  /** Paths by the colour that each grid is filled with; those that lie over the net in a second round. */
  washes(colourOf) {
    const rounds = [new Map(), new Map()];
    for (const { row, rings } of this.list) {
      const path = row < 0 ? null : pathFor(rounds[Number(over.has(row))], colourOf(grids[row]));
      if (path) for (const ring of rings) trace(path, ring, true);
    }
    return rounds;
  }
}

function gridParts(features, lines) {
  return new GridParts(features.map((feature) => new GridPart(feature.id > 0 && feature.id <= grids.length ? feature.id - 1 : -1, lines(feature))));
}

/** As `GridParts.washes`, of the boxes of all grids that touch a box. */
export function spots(box, colourOf) {
  const paths = new Map();
  for (const grid of grids) {
    const b = grid.box;
    if (b[0] > box[2] || b[2] < box[0] || b[1] > box[3] || b[3] < box[1]) continue;
    const path = pathFor(paths, colourOf(grid));
    if (path) path.rect(b[0], b[1], b[2] - b[0], b[3] - b[1]);
  }
  return [paths];
}

function pathFor(paths, colour) {
  if (!colour) return null;
  if (!paths.has(colour)) paths.set(colour, new Path2D());
  return paths.get(colour);
}

/** Borders by kind of line, as borders.js has them, and those of each grid. */
function borderParts(features, lines, tile) {
  const groups = { unit: [], grid: [], community: [], street: [] };
  const sides = new Map();
  const note = (code, parts) => {
    if (!code) return;
    if (!sides.has(code)) sides.set(code, []);
    sides.get(code).push(...parts);
  };
  for (const feature of features) {
    const { level, left, right } = feature.values;
    const parts = lines(feature);
    groups[level === "base" ? "grid" : level === "community" ? "community" : "street"].push(...parts);
    note(left, parts);
    note(right, parts);
  }
  const paths = {};
  if (width(tile.z) < LINED_PX) Object.assign(groups, { grid: [], community: [] });
  for (const [kind, parts] of Object.entries(groups)) {
    paths[kind] = new Path2D();
    for (const xy of kind === "grid" ? parts : chain(parts)) trace(paths[kind], xy, false);
  }
  return { paths, of: (code) => sides.get(code) };
}

function roadParts(features, lines, tile) {
  const paths = ROAD_CLASSES.map((kind) => ({ kind, path: new Path2D() }));
  const named = [];
  for (const feature of features) {
    const { kind, name } = feature.values;
    const parts = lines(feature);
    const { path } = paths[ROAD_CLASSES.indexOf(roadClass(kind))];
    for (const xy of parts) trace(path, xy, false);
    if (name) named.push({ kind, name, lines: parts.flatMap((xy) => within(xy, tile.box)) });
  }
  return { paths, named };
}

function otherParts(features, lines) {
  const paths = { park: new Path2D(), rail: new Path2D(), wall: new Path2D() };
  for (const feature of features) {
    const { layer, kind } = feature.values;
    const path = GREEN.includes(layer) || GREEN.includes(kind) ? paths.park : paths[layer];
    if (path) for (const xy of lines(feature)) trace(path, xy, feature.type === 3);
  }
  return paths;
}

/** A ring cut to a box, one side after another (Sutherland and Hodgman 1974). */
export function clip(ring, [x0, y0, x1, y1]) {
  let out = ring;
  for (const [axis, limit, sign] of [[0, x0, 1], [0, x1, -1], [1, y0, 1], [1, y1, -1]]) {
    const from = out;
    out = [];
    for (let i = 0, j = from.length - 2; i < from.length; j = i, i += 2) {
      const a = sign * (from[j + axis] - limit);
      const b = sign * (from[i + axis] - limit);
      if (a < 0 !== b < 0) {
        const f = a / (a - b);
        out.push(from[j] + f * (from[i] - from[j]), from[j + 1] + f * (from[i + 1] - from[j + 1]));
      }
      if (b >= 0) out.push(from[i], from[i + 1]);
    }
  }
  return out;
}

/** The pieces of a line whose vertices lie in a box: enough for a name along it. */
function within(xy, [x0, y0, x1, y1]) {
  const pieces = [];
  let piece = null;
  for (let i = 0; i < xy.length; i += 2) {
    if (xy[i] >= x0 && xy[i] < x1 && xy[i + 1] >= y0 && xy[i + 1] < y1) {
      if (!piece) pieces.push((piece = []));
      piece.push(xy[i], xy[i + 1]);
    } else piece = null;
  }
  return pieces.filter((one) => one.length >= 4);
}

function middle(values) {
  return values.length ? values.sort((a, b) => a - b)[values.length >> 1] : 0;
}
