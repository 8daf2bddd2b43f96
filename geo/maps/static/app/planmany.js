// Open issues on the plan page where there are too many to stand in it: the board is asked for what is in view.

import { data, planePoint, t } from "./data.js";
import { announce, el, put } from "./dom.js";
import { count } from "./format.js";
import { STATUSES, statusIcon } from "./icons.js";
import { issueItems } from "./legend.js";
import { Pins, paintRing } from "./pins.js";
import { issueSwitch, withLanguage } from "./planissues.js";
import { ask, ownName } from "./server.js";

const MARGIN = 0.15;
const of = {
  id: (item) => item.id,
  point: (item) => item.point,
  sign: (item) => item.sign,
  title: (item) => (item.sign ? t(`status_${item.sign}`) : ""),
  counts: (item) => item.counts,
};

/** As `PlanIssues`; `onChange()` hears that other pins stand on the map. */
export class PlanMany {
  constructor(stage, panel, onChange) {
    Object.assign(this, { stage, panel, onChange, on: true, asked: 0, opened: null });
    this.pins = new Pins(stage, { onOpen: (item) => this.open([item]), onCluster: (items) => this.open(items), quiet: true, of });
    this.items = issueItems(STATUSES.filter((status) => status !== "closed"));
    this.card = el("section", { class: "block brief", hidden: true, "aria-live": "polite", "aria-label": t("open_issues") });
    this.button = issueSwitch(data.open.reduce((a, b) => a + b, 0), () => this.turn(!this.on));
    stage.float(this.button);
    let timer = 0;
    stage.map.on("moveend", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.ask(), 200);
    });
    this.ask();
  }

  async ask() {
    if (!this.on) return;
    this.asked += 1;
    const mine = this.asked;
    const { map } = this.stage;
    const bounds = map.getBounds().pad(MARGIN);
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((n) => n.toFixed(6)).join(",");
    let answer = null;
    try {
      answer = await ask(`/maps/issues/board?limit=1&box=${box}&zoom=${map.getZoom()}`, undefined, ownName());
    } catch (error) {
      announce(error.message);
    }
    // A later question is under way, or nobody wants to see it any more.
    if (!answer || mine !== this.asked || !this.on) return;
    const place = (lon, lat) => planePoint((lon - data.origin[0]) * 1e6, (lat - data.origin[1]) * 1e6);
    const points = answer.points.map(([id, lon, lat, sign]) => ({ id, point: place(lon, lat), sign: answer.signs[sign], counts: null }));
    const squares = answer.squares.map(([lon, lat, counts]) => ({
      id: `s${lon},${lat}`,
      point: place(lon, lat),
      sign: "",
      counts: Object.fromEntries(counts.map((n, k) => [answer.signs[k], n])),
    }));
    this.pins.show(points.concat(squares));
    this.onChange();
  }

  turn(on) {
    this.on = on;
    this.button.setAttribute("aria-pressed", String(on));
    for (const item of this.items) item.hidden = !on;
    if (on) this.ask();
    else {
      this.close();
      this.pins.show([]);
    }
    announce(t(on ? "issues_shown" : "issues_hidden"));
    this.onChange();
  }

  boxes() {
    return this.pins.boxes();
  }

  paint(ctx, view) {
    if (this.opened) paintRing(ctx, view, this.opened.point, 19);
  }

  /** How many issues of a grid are open: a link to them. */
  ofGrid(grid) {
    const n = data.open[grid.k];
    if (!n) return count(n);
    return el("a", { href: withLanguage(`/maps/issues?grids=${encodeURIComponent(grid.code)}`), "aria-label": t("open_issues_n", { n }) }, count(n));
  }

  /** Says which issues stand there, with the way to the page that tells all of them. */
  open(items) {
    [this.opened] = items;
    const row = ({ id, sign }) =>
      el("li", {}, el("a", { href: withLanguage(`/maps/issues?issue=${id}`) }, statusIcon(sign, 18), ` #${id} · ${t(`status_${sign}`)}`));
    put(
      this.card,
      el("h2", { tabindex: "-1" }, t("open_issues")),
      el("ul", { class: "plain-list" }, items.filter((item) => !item.counts).slice(0, 20).map(row)),
      el("button", { type: "button", class: "close", "aria-label": t("close"), onclick: () => this.close() }, "×"),
    );
    this.card.hidden = false;
    this.panel.scrollTop = 0;
    this.pins.choose(this.opened.id);
    this.stage.top.repaint();
  }

  close() {
    this.opened = null;
    this.card.hidden = true;
    this.pins.choose(null);
    this.stage.top.repaint();
  }
}
