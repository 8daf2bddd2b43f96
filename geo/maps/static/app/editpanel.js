// The panel of a draft: its state, live figures, the balance strip, checkpoints, every grid in a table, the foot.

import { data, grids, gridsByArea, t } from "./data.js";
import { WASH } from "./colours.js";
import { el, isPhone, put, said } from "./dom.js";
import { state } from "./drawing.js";
import { clock, count, decimal, isoMoment, people, percent, planName } from "./format.js";
import { padlock, toolIcon } from "./icons.js";
import { keep } from "./links.js";
import { balanceStrip } from "./strip.js";
import { bandBar, deviationBar, deviationText, figures, sideText } from "./table.js";

export class EditPanel {
  constructor(panel, stage, editor, faults, { onSubmit, finder }) {
    Object.assign(this, { panel, stage, editor, faults, onSubmit });
    this.head = el("section", { class: "block block-plan" });
    this.strip = el("section", { class: "block block-strip" });
    this.table = el("section", { class: "block block-table" });
    this.foot = el("div", { class: "foot" });
    this.rows = new Map();
    this.scroll = el("div", { class: "scroll" }, this.head, this.strip, faults.node, finder, this.table);
    // The foot stands below what scrolls, so that it covers no row.
    panel.append(this.scroll, this.foot);
    this.listen();
  }

  /** Everything that comes from the drawing. */
  render() {
    const focus = this.focused();
    this.renderHead();
    put(
      this.strip,
      el("h2", { class: "sr" }, t("balance")),
      balanceStrip(live(), (grid) => this.pick(grid), (grid) => this.stage.hover(grid)),
      el("p", { class: "strip-note" }, t(data.band ? "band_note" : "band_people", { low: count(state.band[0]), high: count(state.band[1]) })),
    );
    this.faults.render();
    this.renderTable();
    this.renderFoot();
    this.work();
    if (focus) {
      const again = this.panel.querySelector(focus);
      if (again) again.focus({ preventScroll: true });
    }
  }

  /** What had the focus, as a selector that finds it again in a panel that was made anew. */
  focused() {
    const node = document.activeElement;
    if (!this.panel.contains(node)) return null;
    if (node.dataset.part) return `[data-part="${node.dataset.part}"]`;
    const row = node.closest("tr[data-grid]");
    if (row) return `tr[data-grid="${row.dataset.grid}"] ${node.classList.contains("lock") ? ".lock" : ".row-name"}`;
    return node.dataset.fault ? `[data-fault="${node.dataset.fault}"]` : null;
  }

  renderHead() {
    const totals = state.totals;
    const saved = el("time", { class: "saved", datetime: isoMoment(state.savedAt), title: isoMoment(state.savedAt) }, t("saved_at", { time: clock(state.savedAt) }));
    put(
      this.head,
      el("div", { class: "head-line" }, el("h1", {}, said(data.draft.name)), this.marks()),
      el(
        "p",
        { class: "state" },
        el("span", { class: "chip chip-draft" }, t(state.submitted === null ? "state_editing" : "state_submitted")),
        el("span", {}, t("based_on", { plan: planName(data.plan) })),
        saved,
      ),
      figures(
        [
          [t("grids"), count(totals.grids)],
          totals.residents === null ? null : [t("sum_people"), count(totals.residents)],
          [t(`sum_${data.measure}`), count(totals.weight)],
          [t("mean"), count(totals.grids ? totals.weight / totals.grids : 0), t(`unit_${data.measure}`)],
          [t("out_of_band"), count(totals.outside_band), "", totals.outside_band ? "over" : ""],
          [t("compactness"), totals.compactness === null ? "–" : decimal(totals.compactness, 2)],
        ].filter(Boolean),
        "figures-six",
      ),
    );
  }

  /** The menu of checkpoints: set one, go back to one. */
  marks() {
    const { editor } = this;
    const input = el("input", { type: "text", maxlength: 60, "aria-label": t("checkpoint_name"), placeholder: t("checkpoint_name"), "data-part": "mark-name" });
    const set = (event) => {
      event.preventDefault();
      if (input.value.trim()) editor.send({ op: "checkpoint", name: input.value.trim() });
      menu.open = false;
    };
    const menu = el(
      "details",
      { class: "marks" },
      el("summary", { "data-part": "marks" }, t("checkpoints"), state.marks.length ? ` ${state.marks.length}` : ""),
      el(
        "div",
        { class: "menu float" },
        state.marks.length
          ? el(
              "ul",
              {},
              [...state.marks].reverse().map((mark) =>
                el(
                  "li",
                  {},
                  el("button", { type: "button", class: "menu-item", onclick: () => editor.send({ op: "restore", name: mark.name }) }, said(mark.name)),
                  el("span", { class: "quiet" }, said(mark.by), " ", clock(mark.at)),
                ),
              ),
            )
          : el("p", { class: "note" }, t("checkpoints_none")),
        el("form", { onsubmit: set }, input, el("button", { type: "submit", class: "btn" }, t("checkpoint_set_now"))),
      ),
    );
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    });
    return menu;
  }

  renderTable() {
    const shut = live().every((grid) => state.lockedGrids.has(grid.k));
    const reach = Math.max(0.15, data.tolerance * 2);
    const head = [
      el("th", { scope: "col" }, t("grid")),
      el("th", { scope: "col", class: "num" }, t(`sum_${data.measure}`)),
      el("th", { scope: "col", class: "bar-cell" }, data.band ? t("band_reach", { low: count(data.band[0]), high: count(data.band[1]) }) : t("deviation_reach", { reach: Math.round(reach * 100) })),
      el("th", { scope: "col", class: "num" }, el("span", { class: "sr" }, t("deviation"))),
      el("th", { scope: "col" }, el("button", { type: "button", class: "lock", "data-part": "lock-all", title: t(shut ? "unlock_all" : "lock_all"), "aria-label": t(shut ? "unlock_all" : "lock_all"), onclick: () => this.editor.lockAll() }, padlock(shut))),
    ];
    const table = el("table", { class: "grids" }, el("caption", { class: "sr" }, t("edit_caption")), el("thead", {}, el("tr", {}, head)));
    this.rows.clear();
    for (const group of gridsByArea()) {
      const sum = people(group.grids.reduce((s, g) => s + g.weight, 0), data.measure);
      const body = el(
        "tbody",
        {},
        el("tr", { class: "group" }, el("th", { colspan: 5, scope: "rowgroup" }, said(group.name), el("span", {}, t("group_summary", { n: group.grids.length, sum })))),
      );
      for (const grid of group.grids) {
        const row = this.row(grid, reach);
        this.rows.set(grid.k, row);
        body.append(row);
      }
      table.append(body);
    }
    put(this.table, table);
  }

  row(grid, reach) {
    const side = data.side[grid.k];
    const shut = state.lockedGrids.has(grid.k);
    this.most = Math.max(...live().map((g) => g.weight), state.band[1]) * 1.02;
    const bar = data.band ? bandBar(grid.weight, side, state.band, this.most) : deviationBar(data.deviation[grid.k], side, data.tolerance, reach);
    return el(
      "tr",
      { class: "row", "data-grid": grid.k, title: grid.code || grid.name },
      el("th", { scope: "row" }, el("button", { type: "button", class: "row-name", "aria-pressed": "false" }, el("span", { class: "swatch", style: { background: WASH[grid.colour] } }), said(grid.name))),
      el("td", { class: "num" }, data.band ? sideText(count(grid.weight), side) : count(grid.weight)),
      el("td", { class: "bar-cell" }, bar),
      el("td", { class: "num" }, data.band ? percent(data.deviation[grid.k]) : deviationText(data.deviation[grid.k], side)),
      el("td", {}, el("button", { type: "button", class: shut ? "lock shut" : "lock", "aria-pressed": String(shut), "aria-label": t(shut ? "unlock_grid" : "lock_grid", { grid: grid.name }) }, padlock(shut))),
    );
  }

  renderFoot() {
    const { editor } = this;
    if (state.submitted !== null) {
      put(this.foot, el("a", { class: "btn main", href: keep(`/maps/plans/${state.submitted}`) }, t("to_plan", { n: state.submitted })));
      return;
    }
    const named = { undo: (what) => t("undo_what", { what }), redo: (what) => t("redo_what", { what }) };
    const back = (op, what, act) =>
      el(
        "button",
        { type: "button", class: "btn", "data-part": op, disabled: what ? null : "", "aria-label": what ? named[op](what) : t(op), title: what ? named[op](what) : t(op), onclick: act },
        toolIcon(op),
        op === "undo" ? t(op) : null,
      );
    put(
      this.foot,
      back("undo", state.undo, () => editor.undo()),
      back("redo", state.redo, () => editor.redo()),
      el("span", { class: "foot-what quiet" }, state.undo ? [t("undo_what", { what: "" }), said(state.undo)] : null),
      el("a", { class: "btn", href: keep(`/maps/compare?a=${data.plan.id}&b=d${data.draft.draft}`) }, t("compare_now")),
      el("button", { type: "button", class: "btn main", "data-part": "submit", onclick: () => this.onSubmit() }, t("submit")),
    );
  }

  /** What comes from the planner's hand alone: the target's row, ghosts of what is proposed. */
  work() {
    const { editor } = this;
    for (const [k, row] of this.rows) {
      const on = editor.target !== null && editor.target.k === k;
      row.classList.toggle("chosen", on);
      row.querySelector(".row-name").setAttribute("aria-pressed", String(on));
      for (const ghost of row.querySelectorAll(".bar-ghost")) ghost.remove();
    }
    for (const { k, weight } of ghosts(editor)) {
      const row = this.rows.get(k);
      if (row) row.querySelector(".bar").append(el("i", { class: "bar-ghost", style: { left: `${this.place(weight)}%` } }));
    }
  }

  place(weight) {
    if (data.band) return Math.min(100, (weight / this.most) * 100);
    const reach = Math.max(0.15, data.tolerance * 2);
    const value = state.totals.ideal ? (weight - state.totals.ideal) / state.totals.ideal : 0;
    return 50 + (Math.max(-reach, Math.min(reach, value)) / reach) * 50;
  }

  pick(grid) {
    this.editor.aim(grid);
    const { map } = this.stage;
    const box = L.latLngBounds(this.stage.corners(grid.box));
    if (!map.getBounds().intersects(box)) this.stage.zoomTo(grid);
    this.reveal(grid);
  }

  reveal(grid) {
    const row = this.rows.get(grid.k);
    // What peeks out of the sheet on a phone is its head.
    if (row && !isPhone()) row.scrollIntoView({ block: "nearest" });
  }

  /** J and K: the next or previous row. */
  step(by) {
    const order = [...this.rows.keys()];
    const at = this.editor.target ? order.indexOf(this.editor.target.k) : by > 0 ? -1 : order.length;
    const next = order[Math.max(0, Math.min(order.length - 1, at + by))];
    if (next !== undefined) this.pick(grids[next]);
  }

  listen() {
    const gridOf = (event) => {
      const row = event.target.closest("tr.row");
      return row ? grids[Number(row.dataset.grid)] : null;
    };
    this.table.addEventListener("mouseover", (event) => this.stage.hover(gridOf(event)));
    this.table.addEventListener("mouseleave", () => this.stage.hover(null));
    this.table.addEventListener("focusin", (event) => this.stage.hover(gridOf(event)));
    this.table.addEventListener("click", (event) => {
      const grid = gridOf(event);
      if (!grid) return;
      if (event.target.closest(".lock")) this.editor.lock(grid);
      else this.pick(grid);
    });
    let hovered = null;
    this.stage.hoverListeners.push((grid) => {
      if (hovered) hovered.classList.remove("hovered");
      hovered = grid ? this.rows.get(grid.k) : null;
      if (hovered) hovered.classList.add("hovered");
    });
  }
}

function live() {
  return grids.filter((grid) => !grid.gone);
}

/** Grids that what is proposed would change, and what they would weigh. */
function ghosts(editor) {
  const { phase } = editor;
  if (phase.kind === "chosen" && editor.target && editor.chosen.size) return editor.preview().rows.map(({ grid, after }) => ({ k: grid.k, weight: after }));
  if (phase.kind === "proposal" && phase.told) return phase.told.grids.filter((row) => row.after).map((row) => ({ k: row.label, weight: row.after.weight }));
  return [];
}
