// What lies in no grid and where the net is not sound: lists that are walked, each entry with its place on the map.

import { data, decode, grids, latLng, planePoint, t, trace } from "./data.js";
import { stroke } from "./canvas.js";
import { announce, el, isPhone, put, said } from "./dom.js";
import { setDrawer } from "./drawer.js";
import { count } from "./format.js";

const SHOWN = 50;
const PINS_MOST = 60;

/** The buildings in no grid as paths of the plane. */
const lone = data.uncovered.map((building) => {
  const path = new Path2D();
  for (const flat of building.rings) trace(path, decode(flat), true);
  return { path, point: planePoint(...building.at) };
});

/** One list at a time: "uncovered" or "seams", or none. */
export class Finds {
  constructor(stage, panel) {
    Object.assign(this, { stage, panel, name: null, at: -1, wanted: "", pins: [] });
    this.node = el("div", {});
  }

  get list() {
    return this.name ? data[this.name] : [];
  }

  /** The entries that the search leaves, by number. */
  get left() {
    const wanted = this.wanted.toLowerCase();
    return this.list.map((_, i) => i).filter((i) => !wanted || words(this.list[i]).toLowerCase().includes(wanted));
  }

  show(name) {
    Object.assign(this, { name, at: -1, wanted: "" });
    this.render();
  }

  search(wanted) {
    this.wanted = wanted.trim();
    this.at = -1;
    this.render();
    return this.left.length;
  }

  render() {
    const { left } = this;
    const shown = left.slice(0, Math.max(SHOWN, left.indexOf(this.at) + 1));
    put(
      this.node,
      left.length ? this.pager(left) : this.list.length ? el("p", { class: "empty" }, t("found_none")) : null,
      el("ol", { class: "faults" }, shown.map((i) => this.row(i))),
      shown.length < left.length ? el("p", { class: "note" }, t("shown_of", { n: count(shown.length), all: count(left.length) })) : null,
    );
    this.pin(this.name === "seams" ? shown : []);
    this.stage.top.repaint();
  }

  pager(left) {
    const at = left.indexOf(this.at);
    const button = (word, key, by, sign) =>
      el("button", { type: "button", class: "step-button", "aria-label": t(word), title: key, onclick: () => this.walk(by, word) }, sign);
    return el(
      "div",
      { class: "pager finds-pager" },
      button("fault_previous", "Shift+N", -1, "‹"),
      at >= 0 ? t("k_of_n", { k: at + 1, n: left.length }) : t("walk"),
      button("fault_next", "N", 1, "›"),
    );
  }

  row(i) {
    const entry = this.list[i];
    const here = i === this.at;
    const more = entry.households === null || entry.households === undefined ? "" : t("uncovered_households", { n: count(entry.households) });
    return el(
      "li",
      { class: here ? "current" : "" },
      el(
        "button",
        { type: "button", class: "fault", "data-find": i, "aria-current": here ? "true" : null, onclick: () => this.go(i) },
        disc(i),
        el("span", { class: "find-text" }, said(entry.text || entry.name)),
        more ? el("span", { class: "find-more" }, more) : null,
      ),
    );
  }

  /** The next or previous one; the focus stays on the button that was pressed. */
  walk(by, word) {
    const { left } = this;
    if (!left.length) return;
    const from = left.indexOf(this.at);
    this.go(left[((from < 0 && by < 0 ? 0 : from) + by + left.length) % left.length]);
    const button = word && this.node.querySelector(`[aria-label="${t(word)}"]`);
    if (button) button.focus();
  }

  go(i) {
    const entry = this.list[i];
    const { left } = this;
    this.at = i;
    const had = this.node.contains(document.activeElement);
    this.render();
    const row = this.node.querySelector(`[data-find="${i}"]`);
    if (row) row.scrollIntoView({ block: "nearest" });
    if (row && had) row.focus({ preventScroll: true });
    if (isPhone()) setDrawer(this.panel, "half");
    this.stage.centre(planePoint(...entry.at), 17);
    this.stage.hover(entry.codes && entry.codes.length ? grids.find((grid) => grid.code === entry.codes[0]) : null);
    announce(t("fault_is", { k: left.indexOf(i) + 1, n: left.length, text: words(entry) }));
  }

  pin(shown) {
    for (const marker of this.pins) marker.remove();
    this.pins = shown.slice(0, PINS_MOST).map((i) => {
      const icon = L.divIcon({ className: "fault-pin", iconSize: [28, 28], html: disc(i) });
      const marker = L.marker(latLng(...this.list[i].at), { pane: "pins", keyboard: false, icon });
      marker.on("click", () => this.go(i));
      return marker.addTo(this.stage.map);
    });
  }

  /** The buildings in no grid, ringed; the one that was walked to twice. */
  paint(ctx, view) {
    if (this.name !== "uncovered") return;
    lone.forEach(({ path, point }, i) => {
      ctx.fillStyle = "#b42a1d";
      ctx.fill(path, "evenodd");
      const ring = new Path2D();
      ring.arc(point[0], point[1], view.px(i === this.at ? 15 : 9), 0, 7);
      stroke(ctx, view, ring, "#ffffff", 4.5);
      stroke(ctx, view, ring, "#b42a1d", i === this.at ? 3 : 2);
    });
  }
}

function words(entry) {
  return entry.text || entry.name;
}

function disc(i) {
  return el("span", { class: "disc disc-danger", "aria-hidden": "true" }, String(i + 1));
}
