// Pins and clusters: far out a count with a ring by status, near in one sign an issue; what would overlap is a cluster.

import { REFERENCE_ZOOM, t, unplane } from "./data.js";
import { stroke } from "./canvas.js";
import { el } from "./dom.js";
import { clusterIcon, statusIcon } from "./icons.js";
import { pointOf, signOf, title } from "./issuedata.js";

// How near two issues may stand before they are one cluster, in pixels, by the zoom from which it holds.
const REACH = {
  loud: [[18, 30], [16.5, 36], [0, 48]],
  quiet: [[18, 28], [17, 40], [16, 60], [0, 96]],
};

export class Pins {
  /**
   * `onOpen(i)` hears of a click on a pin, `onCluster(members)` of one on a cluster that zooming cannot part.
   * `quiet` pins are smaller and gather sooner: for maps that are about something else.
   */
  constructor(stage, { onOpen, onCluster, onHover, quiet = false }) {
    this.stage = stage;
    this.quiet = quiet;
    this.map = stage.map;
    this.onOpen = onOpen;
    this.onCluster = onCluster;
    this.onHover = onHover;
    this.list = [];
    this.shown = new Map();
    this.chosen = null;
    this.map.on("moveend zoomend resize", () => this.refresh());
  }

  show(list) {
    this.list = list.filter((i) => pointOf(i));
    this.cache = null;
    this.refresh();
  }

  choose(i) {
    this.chosen = i;
    this.cache = null;
    this.refresh();
  }

  refresh() {
    const zoom = this.map.getZoom();
    if (!this.cache || this.cache.zoom !== zoom) this.cache = { zoom, clusters: this.gather(zoom) };
    const view = this.map.getBounds().pad(0.15);
    const next = new Map();
    for (const cluster of this.cache.clusters) {
      const at = L.latLng(unplane(cluster.x, cluster.y));
      if (!view.contains(at)) continue;
      const key = `${cluster.members[0]}|${cluster.members.length}|${cluster.members[0] === this.chosen}`;
      let marker = this.shown.get(key);
      if (!marker) marker = this.make(cluster, at);
      else marker.setLatLng(at);
      next.set(key, marker);
    }
    for (const [key, marker] of this.shown) if (next.get(key) !== marker) marker.remove();
    this.shown = next;
  }

  /** The boxes of the pins that are shown, in layer pixels: names keep clear of them. */
  boxes() {
    return [...this.shown.values()].map((marker) => {
      const { x, y } = this.map.latLngToLayerPoint(marker.getLatLng());
      const half = marker.options.icon.options.iconSize[0] / 2 - 2;
      return [x - half, y - half, x + half, y + half];
    });
  }

  /** Greedy clusters whose centres are never nearer than a target is wide; the chosen issue always stands alone. */
  gather(zoom) {
    const scale = 2 ** (zoom - REFERENCE_ZOOM);
    const reach = REACH[this.quiet ? "quiet" : "loud"].find(([from]) => zoom >= from)[1] / scale;
    const cells = new Map();
    const clusters = [];
    for (const i of this.list) {
      const [x, y] = pointOf(i);
      if (i === this.chosen) {
        clusters.push({ x, y, members: [i] });
        continue;
      }
      const cx = Math.floor(x / reach);
      const cy = Math.floor(y / reach);
      let best = null;
      let nearest = reach * reach;
      for (let dx = -1; dx <= 1; dx += 1) {
        for (let dy = -1; dy <= 1; dy += 1) {
          for (const cluster of cells.get(`${cx + dx},${cy + dy}`) || []) {
            const d = (cluster.x0 - x) ** 2 + (cluster.y0 - y) ** 2;
            if (d < nearest) {
              nearest = d;
              best = cluster;
            }
          }
        }
      }
      if (best) {
        best.members.push(i);
      } else {
        const cluster = { x, y, x0: x, y0: y, members: [i] };
        const key = `${cx},${cy}`;
        if (!cells.has(key)) cells.set(key, []);
        cells.get(key).push(cluster);
        clusters.push(cluster);
      }
    }
    return clusters;
  }

  make(cluster, at) {
    const one = cluster.members.length === 1;
    const marker = one ? this.pin(cluster.members[0], at) : this.disc(cluster, at);
    return marker.addTo(this.map);
  }

  pin(i, at) {
    const chosen = i === this.chosen;
    const size = chosen ? 30 : this.quiet ? 18 : 24;
    const node = el("span", { class: chosen ? "pin-sign chosen" : "pin-sign", title: title(i) }, statusIcon(signOf(i), size));
    const marker = mark(at, node, chosen ? 44 : 28, chosen ? 1000 : 0);
    marker.on("click", () => this.onOpen(i));
    if (this.onHover) {
      marker.on("mouseover", () => this.onHover(i));
      marker.on("mouseout", () => this.onHover(null));
    }
    return marker;
  }

  disc(cluster, at) {
    const counts = {};
    for (const i of cluster.members) counts[signOf(i)] = (counts[signOf(i)] || 0) + 1;
    const { node, size } = clusterIcon(counts, cluster.members.length, this.quiet);
    const holder = el("span", { class: this.quiet ? "cluster small" : "cluster", title: t("cluster_n", { n: cluster.members.length }) }, node);
    const marker = mark(at, holder, Math.max(28, size), 500);
    marker.on("click", () => this.open(cluster));
    return marker;
  }

  open(cluster) {
    const points = cluster.members.map(pointOf);
    const xs = points.map((p) => p[0]);
    const ys = points.map((p) => p[1]);
    const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const apart = Math.max(box[2] - box[0], box[3] - box[1]);
    // At zoom 19 these would still be one target: the list shows them instead.
    if (this.map.getZoom() >= 18.5 || apart * 2 ** (19 - REFERENCE_ZOOM) < 40) this.onCluster(cluster.members);
    else this.stage.fitBox(box, true, 19);
  }
}

/** The ring around the place of an issue that is chosen or under the pointer; `radius` in pixels. */
export function paintRing(ctx, view, [x, y], radius) {
  const ring = new Path2D();
  ring.arc(x, y, view.px(radius), 0, 7);
  ctx.fillStyle = "rgba(255,255,255,.9)";
  ctx.fill(ring);
  stroke(ctx, view, ring, "#1f5f95", 2.4);
}

function mark(at, node, size, zIndexOffset) {
  return L.marker(at, {
    pane: "pins",
    keyboard: false,
    zIndexOffset,
    icon: L.divIcon({ className: "pin", iconSize: [size, size], html: node }),
  });
}
