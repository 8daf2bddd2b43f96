// Which tiles of a foreign map a view needs, where they lie on the page's own map, and fetching them.

import { originLatLng, planePoint, unplane } from "./data.js";
import { isShifted, ofWgs84, toWgs84 } from "./datum.js";

const RAD = Math.PI / 180;
const STEP = 1e-6; // degrees that planePoint counts in
const KEPT = 480; // images in memory: some screens full
// So many tiles without one that comes, and none of this source in view: it does not answer.
const FAILURES = 6;
const PATIENCE_MS = 6000;
const REST_MS = 30000;
// So many are asked for until the first one has come: a host that is not there is a line in the browser's log for each.
const PROBES = 3;
const UP = 4; // levels to look up for something to show while a tile is on its way

/** One source of tiles: {url, subdomains, degrees, shift, low, high, datum}; `hear()` is told when something changed. */
export class Tiles {
  constructor(source, hear) {
    Object.assign(this, source);
    this.hear = hear;
    this.held = new Map();
    this.pending = 0;
    // Within a tile a shifted datum and a grid of degrees are not quite straight: BD-09 is askew by up to 2 %. Parts of
    // tiles are straight to half a pixel.
    this.parts = this.datum === "BD-09" ? 8 : isShifted(this.datum) || this.degrees ? 2 : 1;
    this.wake();
  }

  /** Forgets what failed. */
  wake() {
    this.failures = 0;
    this.came = false;
    this.restsUntil = 0;
    this.waitingSince = 0;
    for (const [key, tile] of this.held) if (tile.failed) this.held.delete(key);
  }

  get rests() {
    return this.restsUntil > 0;
  }

  /** True where the source has tiles for a zoom. */
  reaches(zoom) {
    return Math.round(zoom) >= this.low;
  }

  /** Draws what has come and asks for the rest; returns the keys of the tiles that the view needs. */
  paint(ctx, view) {
    const needed = new Set();
    if (!this.reaches(view.zoom)) return needed;
    if (this.rests && Date.now() > this.restsUntil) this.wake();
    const z = Math.min(Math.round(view.zoom), this.high);
    const [x0, y0, x1, y1] = this.range(view.box, z);
    const at = this.places(x0, y0, x1, y1, z, ctx.getTransform());
    let drawn = 0;
    for (let y = y0; y <= y1; y += 1) {
      for (let x = x0; x <= x1; x += 1) {
        needed.add(`${z}/${x}/${y}`);
        if (this.draw(ctx, z, x, y, at)) drawn += 1;
      }
    }
    this.inView = drawn;
    if (!this.rests) for (const key of needed) this.ask(key);
    return needed;
  }

  /** Columns and rows of level z that a box of the plane touches: [x0, y0, x1, y1]. */
  range(box, z) {
    const corners = [[box[0], box[1]], [box[2], box[1]], [box[0], box[3]], [box[2], box[3]]].map(([px, py]) => {
      const [lat, lon] = unplane(px, py);
      return this.cell(z, ...ofWgs84(this.datum, lon, lat));
    });
    const [across, down] = [corners.map((c) => c[0]), corners.map((c) => c[1])];
    const columns = 2 ** z;
    const rows = this.rows(z);
    const clip = (value, most) => Math.max(0, Math.min(Math.floor(value), most - 1));
    return [clip(Math.min(...across), columns), clip(Math.min(...down), rows), clip(Math.max(...across), columns), clip(Math.max(...down), rows)];
  }

  rows(z) {
    return this.degrees ? 2 ** (z - 1) : 2 ** z;
  }

  /** Column and row, with fractions, of a place in the tiles' own datum. */
  cell(z, lon, lat) {
    const n = 2 ** z;
    if (this.degrees) return [((lon + 180) / 360) * n, ((90 - lat) / 360) * n];
    const s = Math.sin(lat * RAD);
    return [((lon + 180) / 360) * n, (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * n];
  }

  /** [lon, lat] in WGS84 of a corner of the tiles' grid. */
  corner(z, x, y) {
    const n = 2 ** z;
    const lat = this.degrees ? 90 - (y / n) * 360 : Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / n))) / RAD;
    return toWgs84(this.datum, (x / n) * 360 - 180, lat);
  }

  /** Where corners of (parts of) tiles lie on the canvas: at(x, y) -> [px, py], x and y in parts from the first tile. */
  places(x0, y0, x1, y1, z, matrix) {
    const { parts } = this;
    const wide = (x1 - x0 + 1) * parts + 1;
    const high = (y1 - y0 + 1) * parts + 1;
    const [lat0, lon0] = originLatLng();
    const spots = [];
    for (let j = 0; j < high; j += 1) {
      for (let i = 0; i < wide; i += 1) {
        const [lon, lat] = this.corner(z, x0 + i / parts, y0 + j / parts);
        const [px, py] = planePoint((lon - lon0) / STEP, (lat - lat0) / STEP);
        spots.push([matrix.a * px + matrix.e, matrix.d * py + matrix.f]);
      }
    }
    return (x, y, i, j) => spots[((y - y0) * parts + j) * wide + (x - x0) * parts + i];
  }

  /** Draws a tile, or what a level above has of its place; returns false if there is nothing. */
  draw(ctx, z, x, y, at) {
    for (let up = 0; up <= UP && z - up >= this.low; up += 1) {
      const tile = this.held.get(`${z - up}/${x >> up}/${y >> up}`);
      if (!tile || !tile.ready) continue;
      const side = tile.image.naturalWidth / 2 ** up;
      const left = (x - ((x >> up) << up)) * side;
      const top = (y - ((y >> up) << up)) * side;
      this.drawParts(ctx, tile.image, [left, top, side], (i, j) => at(x, y, i, j));
      return true;
    }
    return false;
  }

  drawParts(ctx, image, [left, top, side], at) {
    const { parts } = this;
    const step = side / parts;
    ctx.save();
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    for (let j = 0; j < parts; j += 1) {
      for (let i = 0; i < parts; i += 1) {
        const [nw, ne, sw, se] = [at(i, j), at(i + 1, j), at(i, j + 1), at(i + 1, j + 1)];
        // Whole pixels of the screen, and each edge the same for both its neighbours: no seams.
        const [x0, x1] = [Math.round((nw[0] + sw[0]) / 2), Math.round((ne[0] + se[0]) / 2)];
        const [y0, y1] = [Math.round((nw[1] + ne[1]) / 2), Math.round((sw[1] + se[1]) / 2)];
        ctx.drawImage(image, left + i * step, top + j * step, step, step, x0, y0, x1 - x0, y1 - y0);
      }
    }
    ctx.restore();
  }

  ask(key) {
    const known = this.held.get(key);
    if (known) {
      // The last one used goes to the end, so that the first ones can be dropped.
      this.held.delete(key);
      this.held.set(key, known);
      return;
    }
    if (!this.came && this.pending >= PROBES) return;
    const image = new Image();
    const tile = { image, ready: false, failed: false };
    this.held.set(key, tile);
    this.pending += 1;
    if (!this.waitingSince) this.wait();
    image.onload = () => {
      tile.ready = true;
      this.pending -= 1;
      this.came = true;
      this.failures = 0;
      this.waitingSince = 0;
      this.hear();
    };
    image.onerror = () => {
      tile.failed = true;
      this.pending -= 1;
      this.failures += 1;
      if (this.failures >= FAILURES && !this.inView) this.rest();
      this.hear();
    };
    // Keys may be bound to the address of the site that asks, of which nothing but its name is told.
    image.referrerPolicy = "origin";
    image.src = this.address(key);
    this.trim();
  }

  /** A host that is not there keeps silent for minutes: nothing has come after some seconds. */
  wait() {
    const since = Date.now();
    this.waitingSince = since;
    setTimeout(() => {
      if (this.waitingSince !== since || this.inView) return;
      this.rest();
      this.hear();
    }, PATIENCE_MS);
  }

  rest() {
    this.restsUntil = Date.now() + REST_MS;
    this.waitingSince = 0;
    this.drop(() => true);
  }

  /** Stops waiting for tiles that nobody needs any more. */
  drop(isLeft) {
    for (const [key, tile] of this.held) {
      if (tile.ready || tile.failed || !isLeft(key)) continue;
      tile.image.onload = null;
      tile.image.onerror = null;
      tile.image.removeAttribute("src");
      this.pending -= 1;
      this.held.delete(key);
    }
  }

  trim() {
    for (const [key, tile] of this.held) {
      if (this.held.size <= KEPT) return;
      if (tile.ready || tile.failed) this.held.delete(key);
    }
  }

  address(key) {
    const [z, x, y] = key.split("/").map(Number);
    const values = {
      z: z + this.shift,
      x,
      y,
      "-y": this.rows(z) - 1 - y,
      s: this.subdomains.length ? this.subdomains[(x + y) % this.subdomains.length] : "",
    };
    return this.url.replace(/\{(-?\w)\}/g, (_, name) => String(values[name]));
  }
}
