// The sheet of a large place: each tile is painted once on a canvas of its own, in tasks of their own; the sheet lays them out.

import { REFERENCE_ZOOM } from "./data.js";
import { Sheet } from "./canvas.js";
import { later, tiles } from "./vectortiles.js";

const MOST_RATIO = 2; // device pixels of the screen's that are painted: more is a matter of memory
const AGAIN_MS = 120; // how long a tile waits for its other layers before it is painted without them
const KEPT = 60; // painted tiles
const DIRECT_FROM = 18; // near in a tile is wider than the screen and holds little: it is painted where it is shown

/** As `Sheet`, but `options.paint(ctx, view)` is called for one tile at a time, with `view.tile`. */
export const TileSheet = Sheet.extend({
  initialize(options) {
    Sheet.prototype.initialize.call(this, options);
    this._pictures = new Map();
    this._round = 0; // goes up when everything looks different
    tiles.hearers.push((tile) => this._heard(tile));
  },

  /** What the page paints has changed: all tiles are painted anew, the old ones stay until then. */
  repaint() {
    this._round += 1;
    Sheet.prototype.repaint.call(this);
  },

  _heard(tile) {
    if (!this._map || !tiles.shown.includes(tile)) return;
    if (tiles.isWhole(tile)) this._order(tile);
    else if (!tile.timer) {
      tile.timer = setTimeout(() => {
        tile.timer = 0;
        this._order(tile);
      }, AGAIN_MS);
    }
  },

  _paint() {
    this._frame((ctx, view, at) => {
      const wanted = tiles.look(view.box, view.zoom);
      if (view.zoom >= DIRECT_FROM) {
        this._direct(ctx, view, at, wanted);
        return;
      }
      for (const tile of wanted) {
        const picture = this._pictures.get(tile);
        const fresh = picture && picture.zoom === view.zoom && picture.round === this._round && picture.version === tile.version;
        if (!fresh && Object.keys(tile.parts).length) this._order(tile);
      }
      this._lay(ctx, view, at, wanted);
    });
    this._trim();
  },

  /** Lays the pictures out: those of the zoom exactly, else older ones of any zoom stretched. */
  _lay(ctx, view, at, wanted) {
    const r = this._ratio;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    const missing = wanted.some((tile) => !this._pictures.has(tile));
    const under = missing ? [...this._pictures].filter(([tile]) => !wanted.includes(tile) && touches(tile.box, view.box)) : [];
    under.sort((a, b) => a[0].z - b[0].z);
    for (const [tile, picture] of [...under, ...wanted.map((tile) => [tile, this._pictures.get(tile)])]) {
      if (!picture) continue;
      const [x0, y0, x1, y1] = pixels(tile.box, view.scale, at, r);
      const { width, height } = picture.canvas;
      if (width === x1 - x0 && height === y1 - y0) ctx.drawImage(picture.canvas, x0, y0);
      else ctx.drawImage(picture.canvas, x0, y0, x1 - x0, y1 - y0);
    }
  },

  _direct(ctx, view, at, wanted) {
    const r = this._ratio;
    for (const tile of wanted) {
      const [x0, y0, x1, y1] = pixels(tile.box, view.scale, at, r);
      ctx.save();
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.beginPath();
      ctx.rect(x0, y0, x1 - x0, y1 - y0);
      ctx.clip();
      ctx.setTransform(r * view.scale, 0, 0, r * view.scale, r * at.x, r * at.y);
      this.options.paint(ctx, { ...view, box: tile.box, tile });
      ctx.restore();
    }
  },

  /** Paints a tile when its turn comes. */
  _order(tile) {
    if (tile.waiting) return;
    tile.waiting = true;
    later(() => {
      tile.waiting = false;
      if (!this._map || !tiles.shown.includes(tile)) return;
      if (this._map.getZoom() < DIRECT_FROM) this._picture(tile);
      Sheet.prototype.repaint.call(this);
    });
  },

  _picture(tile) {
    const zoom = this._map.getZoom();
    const scale = 2 ** (zoom - REFERENCE_ZOOM);
    const r = this._ratio;
    const at = this._origin(zoom);
    // Edges on whole pixels, the drawing between them exactly where it lies: neighbours meet without a seam.
    const [x0, y0, x1, y1] = pixels(tile.box, scale, at, r);
    const before = this._pictures.get(tile);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, x1 - x0);
    canvas.height = Math.max(1, y1 - y0);
    const ctx = canvas.getContext("2d");
    ctx.setTransform(r * scale, 0, 0, r * scale, r * at.x - x0, r * at.y - y0);
    ctx.lineJoin = "round";
    ctx.lineCap = "butt";
    const margin = 2 / scale;
    const [bx0, by0, bx1, by1] = tile.box;
    const box = [bx0 - margin, by0 - margin, bx1 + margin, by1 + margin];
    this.options.paint(ctx, { zoom, scale, px: (width) => width / scale, box, tile });
    if (before) before.canvas.width = 0; // lets go of its pixels now
    this._pictures.delete(tile);
    this._pictures.set(tile, { canvas, zoom, ratio: r, round: this._round, version: tile.version });
  },

  _pixelRatio() {
    return Math.min(Sheet.prototype._pixelRatio.call(this), MOST_RATIO);
  },

  _trim() {
    for (const [tile, picture] of this._pictures) {
      if (this._pictures.size <= KEPT) return;
      if (tiles.shown.includes(tile)) continue;
      picture.canvas.width = 0;
      this._pictures.delete(tile);
    }
  },
});

/** The edges of a box of the plane on the canvas, whole device pixels. */
function pixels([x0, y0, x1, y1], scale, at, r) {
  return [x0 * scale + at.x, y0 * scale + at.y, x1 * scale + at.x, y1 * scale + at.y].map((v) => Math.round(v * r));
}

function touches(a, b) {
  return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
}
