// The fault inspector of a draft: numbered in the list and on the map, walked with N, each with what mends it.

import { data, grids, planePoint, t, unplane } from "./data.js";
import { announce, el, isPhone, put, said } from "./dom.js";
import { setDrawer } from "./drawer.js";
import { state } from "./drawing.js";
import { people } from "./format.js";
import { units } from "./units.js";

const SHOWN = 4;
const PINS_MOST = 60;

export class EditFaults {
  /** `mend(fault)` proposes what puts a fault right. */
  constructor(stage, panel, mend) {
    Object.assign(this, { stage, panel, mend });
    this.pins = [];
    this.at = -1;
    this.unit = 0; // which of the units of the fault shown is looked at
    this.all = false;
    this.node = el("section", { class: "block faults-block", "aria-labelledby": "faults-head" });
  }

  /** All faults: those of the drawing, then those of the ground. */
  get list() {
    const seams = data.seams.map((seam) => ({ ...seam, must: true, label: -1, units: [], seam: true }));
    return [...state.faults.filter((f) => f.must), ...seams, ...state.faults.filter((f) => !f.must)];
  }

  render() {
    const { list } = this;
    const must = list.filter((fault) => fault.must).length;
    if (this.at >= list.length) this.at = -1;
    const shown = this.all ? list : list.slice(0, Math.max(SHOWN, this.at + 1));
    put(
      this.node,
      el(
        "div",
        { class: "faults-head" },
        el(
          "h2",
          { id: "faults-head" },
          list.length ? t("to_resolve_n", { n: list.length }) : t("to_resolve"),
          must ? el("span", { class: "chip chip-danger" }, t("must_n", { n: must })) : null,
        ),
        list.length
          ? el(
              "span",
              { class: "pager" },
              el("button", { type: "button", class: "step-button", "aria-label": t("fault_previous"), title: "Shift+N", onclick: () => this.walk(-1) }, "‹"),
              this.at >= 0 ? t("k_of_n", { k: this.at + 1, n: list.length }) : t("walk"),
              el("button", { type: "button", class: "step-button", "aria-label": t("fault_next"), title: "N", onclick: () => this.walk(1) }, "›"),
            )
          : null,
      ),
      list.length ? el("ol", { class: "faults" }, shown.map((fault, i) => this.row(fault, i))) : el("p", { class: "empty ok" }, t("nothing_to_resolve")),
      list.length > SHOWN
        ? el(
            "button",
            {
              type: "button", class: "link", "aria-expanded": String(this.all),
              onclick: () => {
                this.all = !this.all;
                this.render();
                this.node.querySelector(".link:last-child").focus();
              },
            },
            this.all ? t("fewer") : t("more_n", { n: list.length - SHOWN }),
          )
        : null,
    );
    this.pin(shown);
  }

  row(fault, i) {
    const word = { grid_in_pieces: "mend_repair", edit_units_without_grid: "mend_give", grid_too_heavy: "mend_balance", grid_too_light: "mend_balance" }[fault.kind];
    return el(
      "li",
      { class: i === this.at ? "current" : "" },
      el("button", { type: "button", class: "fault", "data-fault": i, "aria-current": i === this.at ? "true" : null, onclick: () => this.show(i) }, disc(fault, i), said(sentence(fault))),
      i === this.at && fault.units.length > 1 ? this.places(fault, i) : null,
      word ? el("button", { type: "button", class: "link mend", "aria-label": t("mend_of", { word: t(word), n: i + 1 }), onclick: () => this.mend(fault) }, t(word)) : null,
    );
  }

  /** The places of one fault, one after another: each unassigned unit, each piece that lies apart. */
  places(fault, i) {
    const go = (by) => {
      const n = fault.units.length;
      this.unit = (this.unit + by + n) % n;
      this.render();
      this.node.querySelector(by > 0 ? '[data-part="place-next"]' : '[data-part="place-previous"]').focus();
      this.stage.centre(units[fault.units[this.unit]].at, 17);
      announce(t("place_is", { k: this.unit + 1, n }));
    };
    const step = (by, sign, word) =>
      el("button", { type: "button", class: "step-button", "data-part": by > 0 ? "place-next" : "place-previous", "aria-label": t(word, { k: i + 1 }), onclick: () => go(by) }, sign);
    return el("span", { class: "pager places" }, step(-1, "‹", "place_previous"), t("k_of_n", { k: this.unit + 1, n: fault.units.length }), step(1, "›", "place_next"));
  }

  walk(by) {
    const { list } = this;
    if (!list.length) {
      announce(t("nothing_to_resolve"));
      return;
    }
    const from = this.at < 0 && by < 0 ? 0 : this.at;
    this.show((from + by + list.length) % list.length);
  }

  show(i) {
    const fault = this.list[i];
    this.at = i;
    this.unit = 0;
    this.render();
    const row = this.node.querySelector(`[data-fault="${i}"]`);
    if (row) row.scrollIntoView({ block: "nearest" });
    if (isPhone()) setDrawer(this.panel, "half");
    const at = place(fault);
    if (fault.label >= 0 && grids[fault.label] && !grids[fault.label].gone && !fault.units.length) this.stage.zoomTo(grids[fault.label]);
    else if (at) this.stage.centre(at, fault.seam ? 18 : 16);
    this.stage.hover(fault.label >= 0 ? grids[fault.label] : null);
    announce(t("fault_is", { k: i + 1, n: this.list.length, text: sentence(fault) }));
  }

  pin(shown) {
    for (const { marker } of this.pins) marker.remove();
    this.pins = shown.slice(0, PINS_MOST).flatMap((fault, i) => {
      const at = place(fault);
      if (!at) return [];
      const marker = L.marker(unplane(...at), {
        pane: "pins", keyboard: false,
        icon: L.divIcon({ className: "fault-pin", iconSize: [28, 28], html: disc(fault, i) }),
      });
      marker.on("click", () => this.show(i));
      return [{ marker: marker.addTo(this.stage.map), at }];
    });
  }

  /** The boxes of the pins, in layer pixels: names keep clear of them. */
  boxes() {
    return this.pins.map(({ at }) => {
      const { x, y } = this.stage.map.latLngToLayerPoint(unplane(...at));
      return [x - 12, y - 12, x + 12, y + 12];
    });
  }
}

/** Where to look: a unit, the grid, or the place that the check named. Pins keep off the middle, where the name is. */
function place(fault) {
  if (fault.at) return planePoint(...fault.at);
  if (fault.units.length) return units[fault.units[0]].at;
  const grid = grids[fault.label];
  if (!grid || grid.gone || !grid.label) return null;
  const mine = [...grid.rings].flatMap((ring) => [[ring[0], ring[1]]]);
  const far = mine.reduce((best, at) => (at[1] < best[1] ? at : best), mine[0]);
  return [grid.label.at[0] + (far[0] - grid.label.at[0]) * 0.72, grid.label.at[1] + (far[1] - grid.label.at[1]) * 0.72];
}

/** A fault in words; of weights in the words of the plan, 户 or 人. */
function sentence(fault) {
  const words = { grid_too_heavy: "fault_heavy", grid_too_light: "fault_light" };
  const grid = grids[fault.label];
  if (!words[fault.kind] || !grid) return fault.text;
  const [least, most] = state.band;
  return t(words[fault.kind], { grid: grid.name, sum: people(grid.weight, data.measure), least: people(least, data.measure), most: people(most, data.measure) });
}

function disc(fault, i) {
  return el("span", { class: fault.must ? "disc disc-danger" : "disc disc-warn", title: sentence(fault) }, String(i + 1));
}

