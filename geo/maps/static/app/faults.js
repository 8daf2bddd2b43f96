// What is to be resolved: numbered faults in the list, the same numbers on the map.

import { data, grids, latLng, planePoint, t } from "./data.js";
import { el, isPhone, put, said } from "./dom.js";
import { setDrawer } from "./drawer.js";

const SHOWN = 3;
const PINS_MOST = 60;

export class Faults {
  /** `onPins()` hears that other pins stand on the map. */
  constructor(stage, panel, onPins) {
    Object.assign(this, { stage, panel, onPins });
    this.pins = [];
  }

  /** The section of the panel. */
  section() {
    const list = data.violations;
    const must = list.filter((fault) => fault.must).length;
    const body = el("ol", { class: "faults" });
    const more = el("button", { type: "button", class: "link" });
    const show = (all) => {
      const shown = list.slice(0, all ? list.length : SHOWN);
      put(body, shown.map((fault, i) => this.row(fault, i)));
      this.pin(shown);
      more.hidden = list.length <= SHOWN;
      more.textContent = all ? t("fewer") : t("more_n", { n: list.length - SHOWN });
      more.setAttribute("aria-expanded", String(all));
    };
    more.addEventListener("click", () => show(more.getAttribute("aria-expanded") !== "true"));
    show(false);
    return el(
      "section",
      { class: "block" },
      el(
        "h2",
        {},
        list.length ? t("to_resolve_n", { n: list.length }) : t("to_resolve"),
        must ? el("span", { class: "chip chip-danger" }, t("must_n", { n: must })) : null,
      ),
      list.length ? body : el("p", { class: "empty ok" }, t("nothing_to_resolve")),
      more,
    );
  }

  row(fault, i) {
    return el(
      "li",
      {},
      el("button", { type: "button", class: "fault", onclick: () => this.show(fault) }, disc(fault, i), said(fault.text)),
    );
  }

  show(fault) {
    if (isPhone()) setDrawer(this.panel, "half");
    if (fault.grids.length) this.stage.choose(grids[fault.grids[0]], { zoom: !fault.at });
    if (fault.at) this.stage.centre(planePoint(...fault.at), 16);
  }

  /** Puts the faults of the list on the map, under the number that they have in it. */
  pin(shown) {
    for (const { marker } of this.pins) marker.remove();
    this.pins = shown.slice(0, PINS_MOST).flatMap((fault, i) => {
      if (!fault.at) return [];
      const marker = L.marker(latLng(...fault.at), {
        pane: "pins",
        keyboard: false,
        icon: L.divIcon({ className: "fault-pin", iconSize: [28, 28], html: disc(fault, i) }),
      });
      marker.on("click", () => this.show(fault));
      return [{ marker: marker.addTo(this.stage.map), at: fault.at }];
    });
    this.onPins();
  }

  /** The boxes of the pins, in layer pixels: names keep clear of them. */
  boxes() {
    return this.pins.map(({ at }) => {
      const { x, y } = this.stage.map.latLngToLayerPoint(latLng(...at));
      return [x - 12, y - 12, x + 12, y + 12];
    });
  }
}

function disc(fault, i) {
  return el("span", { class: fault.must ? "disc disc-danger" : "disc disc-warn", title: fault.text }, String(i + 1));
}
