// Pins and clusters: far out a count with a ring by status, near in one sign an issue; what would overlap is a cluster.

import { REFERENCE_ZOOM, t, unplane } from "./data.js";
import { stroke } from "./canvas.js";
import { el } from "./dom.js";
import { clusterIcon, statusIcon } from "./icons.js";

// How near two issues may stand before they are one cluster, in pixels, by the zoom from which it holds.
const REACH = {
  loud: [[18, 30], [16.5, 36], [0, 48]],
  quiet: [[18, 28], [17, 40], [16, 60], [0, 96]],
};

export class Pins {
  /**
   * `onOpen(i)` hears of a click on a pin, `onCluster(members)` of one on a cluster that zooming cannot part.
   * `quiet` pins are smaller and gather sooner: for maps that are about something else. `of` tells of a member its
   * `point`, `sign` and `title`, and its `counts` by sign where it stands for many that were counted elsewhere.
   */
  constructor(stage, { onOpen, onCluster, onHover, of, quiet = false }) {
    this.stage = stage;
    this.of = { id: (i) => i, counts: () => null, ...of };
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
    this.list = list.filter((i) => this.of.point(i));
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
      const first = cluster.members[0];
      const key = `${this.of.id(first)}|${this.of.sign(first)}|${cluster.members.length}|${this.total(cluster)}|${this.isChosen(first)}`;
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
      const [x, y] = this.of.point(i);
      if (this.isChosen(i)) {
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

  isChosen(i) {
    return this.chosen !== null && this.of.id(i) === this.chosen;
  }

  /** How many issues a cluster stands for. */
  total(cluster) {
    return cluster.members.reduce((sum, i) => sum + sumOf(this.of.counts(i)), 0);
  }

  make(cluster, at) {
    // One that was counted elsewhere has a place but no number: it cannot be opened, only looked at from nearer.
    const one = cluster.members.length === 1 && this.total(cluster) === 1 && !this.of.counts(cluster.members[0]);
    const marker = one ? this.pin(cluster.members[0], at) : this.disc(cluster, at);
    return marker.addTo(this.map);
  }

  pin(i, at) {
    const chosen = this.isChosen(i);
    const size = chosen ? 30 : this.quiet ? 18 : 24;
    const node = el("span", { class: chosen ? "pin-sign chosen" : "pin-sign", title: this.of.title(i) }, statusIcon(this.of.sign(i), size));
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
    for (const i of cluster.members) {
      const mine = this.of.counts(i) || { [this.of.sign(i)]: 1 };
      for (const [sign, n] of Object.entries(mine)) counts[sign] = (counts[sign] || 0) + n;
    }
    const total = this.total(cluster);
    const { node, size } = clusterIcon(counts, total, this.quiet);
    const holder = el("span", { class: this.quiet ? "cluster small" : "cluster", title: t("cluster_n", { n: total }) }, node);
    const marker = mark(at, holder, Math.max(28, size), 500);
    marker.on("click", () => this.open(cluster));
    return marker;
  }

  open(cluster) {
    const points = cluster.members.map(this.of.point);
    const xs = points.map((p) => p[0]);
    const ys = points.map((p) => p[1]);
    const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const apart = Math.max(box[2] - box[0], box[3] - box[1]);
    // Counts in squares say where, and no more: the next zoom says it better.
    if (cluster.members.some(this.of.counts)) {
      this.map.setView(unplane((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), Math.min(19, this.map.getZoom() + 2));
      return;
    }
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

function sumOf(counts) {
  return counts === null ? 1 : Object.values(counts).reduce((a, b) => a + b, 0);
}

function mark(at, node, size, zIndexOffset) {
  return L.marker(at, {
    pane: "pins",
    keyboard: false,
    zIndexOffset,
    icon: L.divIcon({ className: "pin", iconSize: [size, size], html: node }),
  });
}
