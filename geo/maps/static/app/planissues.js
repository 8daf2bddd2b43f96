// Open issues on the plan page: quiet pins, a switch that hides them, and a small card in the panel.

import { data, grids, t, unplane } from "./data.js";
import { announce, el, isPhone, put, said, svg } from "./dom.js";
import { setDrawer } from "./drawer.js";
import { count, isoMoment, moment } from "./format.js";
import { STATUSES } from "./icons.js";
import { all, byTimeLeft, column, departmentName, gridName, pinOf, pointOf, title } from "./issuedata.js";
import { chips, deadline } from "./issueparts.js";
import { issueItems } from "./legend.js";
import { Pins, paintRing } from "./pins.js";

export class PlanIssues {
  /** `onChange()` hears that other pins stand on the map. */
  constructor(stage, panel, onChange) {
    Object.assign(this, { stage, panel, onChange });
    this.on = true;
    this.members = [];
    this.at = 0;
    this.opener = null;
    this.pins = new Pins(stage, { onOpen: (i) => this.open([i]), onCluster: (members) => this.open(members), quiet: true, of: pinOf });
    this.items = data.plan.state === "active" ? issueItems(STATUSES.filter((status) => status !== "closed")) : [];
    this.card = el("section", { class: "block brief", hidden: true, "aria-live": "polite", "aria-label": t("open_issues") });
    for (const place of [this.card, stage.map.getContainer()]) {
      place.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && this.members.length) this.close();
      });
    }
    if (this.items.length) this.addSwitch();
    this.byGrid = grids.map(() => []);
    for (const i of [...all].sort(byTimeLeft)) {
      if (column("grid", i) >= 0) this.byGrid[column("grid", i)].push(i);
    }
    this.pins.show(all);
  }

  addSwitch() {
    this.button = issueSwitch(all.length, () => this.turn(!this.on));
    this.stage.float(this.button);
  }

  /** Shows or hides the pins, their legend and the card. */
  turn(on) {
    this.on = on;
    this.button.setAttribute("aria-pressed", String(on));
    for (const item of this.items) item.hidden = !on;
    if (!on && this.members.length) this.close();
    this.pins.show(on ? all : []);
    announce(t(on ? "issues_shown" : "issues_hidden"));
    this.onChange();
  }

  boxes() {
    return this.pins.boxes();
  }

  /** The ring around the issue of the card. */
  paint(ctx, view) {
    if (this.members.length) paintRing(ctx, view, pointOf(this.members[this.at]), 19);
  }

  /** How many issues of a grid are open: a button that opens them where the page carries them. */
  ofGrid(grid) {
    const mine = this.byGrid[grid.k];
    if (!mine.length) return count(data.open[grid.k]);
    const open = (event) => {
      if (!this.on) this.turn(true);
      this.open(mine, event.currentTarget);
    };
    return el("button", { type: "button", class: "link", "aria-label": t("open_issues_n", { n: mine.length }), onclick: open }, count(data.open[grid.k]));
  }

  /** Opens the card on the first of some issues; `opener` gets the focus back. */
  open(members, opener = null) {
    this.members = members;
    this.opener = opener;
    this.show(0);
    if (opener) this.card.querySelector("h2").focus({ preventScroll: true });
  }

  show(at) {
    this.at = at;
    const i = this.members[at];
    put(this.card, ...this.fill(i));
    this.card.hidden = false;
    this.panel.scrollTop = 0;
    if (isPhone()) setDrawer(this.panel, "half");
    const { map } = this.stage;
    const seen = map.getBounds().contains(unplane(...pointOf(i)));
    if (isPhone() || !seen) this.stage.centre(pointOf(i), map.getZoom());
    this.pins.choose(i);
    this.stage.top.repaint();
    this.onChange();
  }

  close() {
    const { opener } = this;
    this.members = [];
    this.opener = null;
    this.card.hidden = true;
    this.pins.choose(null);
    this.stage.top.repaint();
    this.onChange();
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
  }

  fill(i) {
    const reported = column("reported", i);
    const link = data.standalone ? null : el("a", { class: "brief-link", href: withLanguage("/maps/issues") }, t("to_issues_page"));
    return [
      el("div", { class: "brief-head" }, chips(i), this.pager(), el("button", { type: "button", class: "close", "aria-label": t("close"), onclick: () => this.close() }, "×")),
      el("h2", { tabindex: "-1" }, said(title(i))),
      el("p", { class: "brief-text" }, said(column("text", i))),
      el(
        "dl",
        { class: "facts" },
        fact(t("reported"), el("time", { datetime: isoMoment(reported), title: isoMoment(reported) }, moment(reported))),
        fact(t("owner_grid"), said(gridName(i))),
        fact(t("department"), said(departmentName(i))),
      ),
      deadline(i),
      link,
    ];
  }

  pager() {
    const { members, at } = this;
    if (members.length < 2) return null;
    const step = (by, word, sign) => {
      const turn = () => {
        this.show((at + by + members.length) % members.length);
        this.card.querySelector(`[data-step="${by}"]`).focus({ preventScroll: true });
      };
      return el("button", { type: "button", class: "step-button", "data-step": by, "aria-label": t(word), onclick: turn }, sign);
    };
    return el("span", { class: "pager" }, step(-1, "issue_previous", "‹"), t("k_of_n", { k: at + 1, n: members.length }), step(1, "issue_next", "›"));
  }
}

/** The button over the map that shows and hides n open issues. */
export function issueSwitch(n, onTurn) {
  const words = [el("span", { class: "switch-word" }, t("issues")), el("span", { class: "switch-count" }, count(n))];
  return el("button", { type: "button", class: "float switch", title: t("issues_switch"), "aria-pressed": "true", onclick: onTurn }, eye(), words);
}

function fact(word, value) {
  return el("div", {}, el("dt", {}, word), el("dd", {}, value));
}

/** The address of another page in the language of this one, if the address says it. */
export function withLanguage(address) {
  const lang = new URLSearchParams(window.location.search).get("lang");
  return lang ? `${address}${address.includes("?") ? "&" : "?"}lang=${encodeURIComponent(lang)}` : address;
}

function eye() {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true" },
    svg("path", { d: "M2.500 12C5 7.600 8.300 5.500 12 5.500s7 2.100 9.500 6.500c-2.500 4.400-5.800 6.500-9.500 6.500S5 16.400 2.500 12z" }),
    svg("circle", { cx: 12, cy: 12, r: 3 }),
    svg("path", { class: "eye-shut", d: "M4 20 20 4" }),
  );
}
