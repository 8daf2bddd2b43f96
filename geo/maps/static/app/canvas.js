// A canvas that is painted in the plane of the data and follows the map: our own Leaflet layer.

import { REFERENCE_ZOOM, originLatLng } from "./data.js";

/**
 * A Leaflet renderer whose `options.paint(ctx, view)` draws everything anew. `view.px(w)` turns screen pixels into the
 * plane's units, `view.zoom` is the zoom. It repaints when the map has moved, and while it is dragged past its margin.
 */
export const Sheet = L.Renderer.extend({
  options: { padding: 0.25 },

  getEvents() {
    const events = L.Renderer.prototype.getEvents.call(this);
    events.move = this._onMove;
    events.resize = this._update;
    return events;
  },

  repaint() {
    if (this._map && !this._asked) {
      this._asked = L.Util.requestAnimFrame(() => {
        this._asked = null;
        if (this._map) this._paint();
      });
    }
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.setAttribute("aria-hidden", "true");
    this._ctx = this._container.getContext("2d");
  },

  _destroyContainer() {
    L.DomUtil.remove(this._container);
  },

  _onMove() {
    if (this._map._animatingZoom || !this._bounds) return;
    const map = this._map;
    const topLeft = map.containerPointToLayerPoint([0, 0]);
    const view = L.bounds(topLeft, topLeft.add(map.getSize()));
    if (!this._bounds.contains(view) && map.getZoom() === this._zoom) this._update();
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const ratio = this._pixelRatio();
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = Math.round(size.x * ratio);
    this._container.height = Math.round(size.y * ratio);
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this._ratio = ratio;
    this._paint();
  },

  _paint() {
    this._frame((ctx, view) => this.options.paint(ctx, view));
  },

  /** Clears the canvas and calls `draw(ctx, view, at)`; `at` is where the page's origin lies on it, in pixels. */
  _frame(draw) {
    const ctx = this._ctx;
    const zoom = this._map.getZoom();
    const scale = 2 ** (zoom - REFERENCE_ZOOM);
    const at = this._origin(zoom);
    const r = this._ratio;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, this._container.width, this._container.height);
    ctx.setTransform(r * scale, 0, 0, r * scale, r * at.x, r * at.y);
    ctx.lineJoin = "round";
    ctx.lineCap = "butt";
    const px = (width) => width / scale;
    const min = [-at.x / scale, -at.y / scale];
    const size = this._bounds.getSize().divideBy(scale);
    const box = [min[0], min[1], min[0] + size.x, min[1] + size.y];
    draw(ctx, { zoom, scale, px, box }, at);
  },

  _origin(zoom) {
    const map = this._map;
    const origin = map.latLngToLayerPoint(originLatLng()).subtract(this._bounds.min);
    // latLngToLayerPoint rounds; the fraction matters for lines that must lie exactly on pins and labels.
    const exact = map.project(originLatLng(), zoom).subtract(map.getPixelOrigin()).subtract(this._bounds.min);
    return Math.abs(exact.x - origin.x) < 2 ? exact : origin;
  },

  _pixelRatio() {
    return Math.min(window.devicePixelRatio || 1, 3);
  },
});

/** A width in pixels at a zoom, from stops [[zoom, width], …] joined by straight lines. */
export function ramp(zoom, stops) {
  if (zoom <= stops[0][0]) return stops[0][1];
  for (let i = 1; i < stops.length; i += 1) {
    const [z1, w1] = stops[i];
    if (zoom <= z1) {
      const [z0, w0] = stops[i - 1];
      return w0 + ((w1 - w0) * (zoom - z0)) / (z1 - z0);
    }
  }
  return stops[stops.length - 1][1];
}

/** Strokes a path in screen pixels. */
export function stroke(ctx, view, path, colour, width, dash) {
  if (width <= 0) return;
  ctx.strokeStyle = colour;
  ctx.lineWidth = view.px(width);
  ctx.setLineDash(dash ? dash.map(view.px) : []);
  ctx.stroke(path);
}

/** A fill of small shapes that keep their size on the screen: drawn once by `draw(ctx)` on a square of `size` px. */
export function pattern(ctx, view, size, draw) {
  const ratio = 2;
  const tile = document.createElement("canvas");
  tile.width = size * ratio;
  tile.height = size * ratio;
  const c = tile.getContext("2d");
  c.scale(ratio, ratio);
  draw(c, size);
  const fill = ctx.createPattern(tile, "repeat");
  fill.setTransform(new DOMMatrix().scale(view.px(1) / ratio));
  return fill;
}
