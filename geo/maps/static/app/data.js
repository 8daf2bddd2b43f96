// The page's data and its decoding: words, numbers for geometry, paths in a plane of their own.

import { page, word } from "./pagedata.js";

export const data = page;

const STEP = 1e-6; // degrees a whole number stands for
const WORLD = 256 * 2 ** 20; // the plane is Web Mercator in pixels at zoom 20, from the page's origin
const RAD = Math.PI / 180;

export const REFERENCE_ZOOM = 20;
const [LON0, LAT0] = data.origin;
const X0 = mercatorX(LON0);
const Y0 = mercatorY(LAT0);

export const t = word;

/** [lat, lon] of a point in whole numbers, as Leaflet wants it. */
export function latLng(x, y) {
  return [LAT0 + y * STEP, LON0 + x * STEP];
}

/** A point in whole numbers, in the plane. */
export function planePoint(x, y) {
  return [mercatorX(LON0 + x * STEP) - X0, mercatorY(LAT0 + y * STEP) - Y0];
}

/** [lat, lon] of a point of the plane. */
export function unplane(px, py) {
  const n = Math.PI - (2 * Math.PI * (py + Y0)) / WORLD;
  return [Math.atan(Math.sinh(n)) / RAD, ((px + X0) / WORLD) * 360 - 180];
}

export function originLatLng() {
  return [LAT0, LON0];
}

/** A flat list of steps as plane coordinates [x, y, x, y, …]. */
export function decode(flat) {
  const out = new Float64Array(flat.length);
  let x = 0;
  let y = 0;
  for (let i = 0; i < flat.length; i += 2) {
    x += flat[i];
    y += flat[i + 1];
    out[i] = mercatorX(LON0 + x * STEP) - X0;
    out[i + 1] = mercatorY(LAT0 + y * STEP) - Y0;
  }
  return out;
}

/** Adds decoded coordinates to a path. */
export function trace(path, xy, close) {
  if (xy.length < 4) return;
  path.moveTo(xy[0], xy[1]);
  for (let i = 2; i < xy.length; i += 2) path.lineTo(xy[i], xy[i + 1]);
  if (!close) return;
  // Browsers measure the whole path for each closePath(). The first side once more makes the corner as sharp.
  path.lineTo(xy[0], xy[1]);
  path.lineTo(xy[2], xy[3]);
}

/** One path of many encoded rings (closed) or lines. */
export function pathOf(flats, close) {
  const path = new Path2D();
  for (const flat of flats) trace(path, decode(flat), close);
  return path;
}

/** [minX, minY, maxX, maxY] of decoded lines. */
export function boundsOf(lines) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const xy of lines) {
    for (let i = 0; i < xy.length; i += 2) {
      if (xy[i] < box[0]) box[0] = xy[i];
      if (xy[i] > box[2]) box[2] = xy[i];
      if (xy[i + 1] < box[1]) box[1] = xy[i + 1];
      if (xy[i + 1] > box[3]) box[3] = xy[i + 1];
    }
  }
  return box;
}

/** True if the point lies inside decoded rings by the even-odd rule. */
export function contains(rings, x, y) {
  let inside = false;
  for (const xy of rings) {
    for (let i = 0, j = xy.length - 2; i < xy.length; j = i, i += 2) {
      if (xy[i + 1] > y !== xy[j + 1] > y) {
        const cut = ((xy[j] - xy[i]) * (y - xy[i + 1])) / (xy[j + 1] - xy[i + 1]) + xy[i];
        if (x < cut) inside = !inside;
      }
    }
  }
  return inside;
}

/** The corner of an XYZ tile in the plane, and its side. */
export function tileCorner(z, x, y) {
  const side = WORLD / 2 ** z;
  return { x: x * side - X0, y: y * side - Y0, side };
}

/** The column and row of the tile of a zoom that holds a point of the plane, with their fractions. */
export function tileAt(z, px, py) {
  const side = WORLD / 2 ** z;
  return [(px + X0) / side, (py + Y0) / side];
}

/** Pixels at the reference zoom for one metre, at the middle of the place. */
export function pixelsPerMetre() {
  return WORLD / (40075016.686 * Math.cos(LAT0 * RAD));
}

/** Where the shapes of grids come from that do not stand in the page: vectortiles.js fills it in. */
export const source = { at: null, rings: null, path: null, edge: null };

/** The grids of a net, decoded: [{k, code, name, num, parent, rings, path, box, label …}]. */
export function gridsOf(raw) {
  return raw.code.map((code, k) => {
    const label = raw.label[k];
    const grid = {
      k,
      code,
      name: raw.name[k],
      num: raw.num[k],
      parent: raw.parent[k],
      colour: raw.colour[k],
      weight: raw.weight[k],
      units: raw.units[k],
      households: raw.households[k],
      residents: raw.residents[k],
      label: label && { at: planePoint(label[0], label[1]), metres: label[2] },
    };
    return raw.box ? fromTiles(grid, raw.box[k]) : whole(grid, raw.rings[k].map(decode));
  });
}

function whole(grid, rings) {
  const path = new Path2D();
  for (const ring of rings) trace(path, ring, true);
  return Object.assign(grid, { rings, path, box: boundsOf(rings) });
}

/** A grid whose shape is what the tiles of the moment know of it. */
function fromTiles(grid, [west, south, east, north]) {
  const get = (name) => ({ get: () => source[name](grid), enumerable: true });
  Object.defineProperties(grid, { rings: get("rings"), path: get("path"), edge: get("edge") });
  return Object.assign(grid, { box: [...planePoint(west, north), ...planePoint(east, south)] });
}

/** The grids of the page; those that an editor has taken away stay in their place and are `gone`. */
export const grids = gridsOf(data.grids);

/** The grid that holds a point of the plane, or null. */
export function gridAt(x, y, list = grids) {
  if (source.at && list === grids) return source.at(x, y);
  for (const grid of list) {
    const b = grid.box;
    if (x >= b[0] && x <= b[2] && y >= b[1] && y <= b[3] && contains(grid.rings, x, y)) return grid;
  }
  return null;
}

/** Name of an area by its row, "" for none. */
export function areaName(k) {
  return k < 0 ? "" : data.areas.name[k];
}

/** The row of the area of a level that holds the area k (k itself included), −1 for none. */
export function areaOfLevel(k, level) {
  for (let at = k, guard = 0; at >= 0 && guard < 9; at = data.areas.parent[at], guard += 1) {
    if (data.areas.level[at] === level) return at;
  }
  return -1;
}

/** Grids by community, communities in order of their codes: [{area, name, grids}]. */
export function gridsByArea() {
  const groups = new Map();
  for (const grid of grids) {
    if (grid.gone) continue;
    if (!groups.has(grid.parent)) groups.set(grid.parent, []);
    groups.get(grid.parent).push(grid);
  }
  const key = (k) => (k < 0 ? "~" : data.areas.code[k]);
  return [...groups.keys()]
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map((area) => ({ area, name: areaName(area) || t("no_area"), grids: groups.get(area) }));
}

function mercatorX(lon) {
  return ((lon + 180) / 360) * WORLD;
}

function mercatorY(lat) {
  const s = Math.sin(lat * RAD);
  return (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * WORLD;
}
