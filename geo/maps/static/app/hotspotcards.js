// The list of clusters: a numbered card each, in plain words, with the way to its issues.

import { grids, t } from "./data.js";
import { announce, el, put, said } from "./dom.js";
import { count, day, decimal } from "./format.js";
import { boxOf, look } from "./hotspotpaint.js";
import { askClusters, clusters, span, state, wereFound } from "./hotspotstate.js";
import { days, namesOf } from "./hotspotwords.js";
import { keep } from "./links.js";

/** Fills the section of the clusters; `redraw()` paints the map, `standalone` has no server to ask. */
export function showCards(section, stage, redraw, standalone) {
  const found = clusters();
  look.cluster = null;
  put(
    section,
    el("h2", {}, t("hs_clusters"), el("span", { class: "chip" }, count(found.length))),
    el("p", { class: "note" }, t("hs_clusters_note")),
    found.length ? el("ol", { class: "hs-clusters" }, found.map((cluster, i) => card(cluster, i + 1, stage, redraw, standalone))) : el("p", { class: "empty" }, none()),
    standalone ? null : finder(section, stage, redraw),
  );
}

function none() {
  return t(state.body.question.department ? "hs_clusters_department" : wereFound() ? "hs_clusters_none_now" : "hs_clusters_none");
}

/** Looks for clusters of this period. */
function finder(section, stage, redraw) {
  const problem = el("p", { class: "over", role: "alert", hidden: true });
  const button = el("button", { type: "button", class: "btn", onclick: look_ }, t("hs_find"));
  const shapes = ["circle", "neighbours"].map((shape) =>
    el("label", { class: "radio" }, el("input", { type: "radio", name: "shape", value: shape, checked: state.shape === shape, onchange: () => { state.shape = shape; } }), t(`hs_shape_${shape}`)),
  );
  async function look_() {
    button.setAttribute("aria-busy", "true");
    button.textContent = t("hs_finding");
    try {
      const found = await askClusters();
      showCards(section, stage, redraw, false);
      redraw();
      const next = section.querySelector(".hs-find .btn");
      if (next) next.focus();
      announce(t("hs_found", { n: count(found.length) }));
    } catch (error) {
      button.removeAttribute("aria-busy");
      button.textContent = t("hs_find");
      problem.hidden = false;
      problem.textContent = error.message;
    }
  }
  return el("div", { class: "hs-find" }, el("fieldset", {}, el("legend", { class: "sr" }, t("hs_shape")), shapes), button, problem);
}

function card(cluster, number, stage, redraw, standalone) {
  const attend = (on) => {
    look.cluster = on ? cluster : null;
    redraw(true);
  };
  const title = cluster.name || t("hs_cluster_all");
  return el(
    "li",
    { class: "hs-cluster", onmouseenter: () => attend(true), onmouseleave: () => attend(false), onfocusin: () => attend(true), onfocusout: () => attend(false) },
    el("span", { class: "disc disc-ink", "aria-hidden": "true" }, String(number)),
    el(
      "div",
      { class: "cluster-body" },
      el("h3", {}, el("button", { type: "button", class: "link cluster-name", onclick: () => stage.fitBox(boxOf(cluster)) }, el("span", { class: "sr" }, t("hs_cluster_n", { n: number })), said(title))),
      el("p", { class: "cluster-told" }, cluster.sentence),
      el("p", { class: "note" }, said(namesOf(cluster, grids)), " · ", days(cluster.first, cluster.last), cluster.as_of ? ` · ${t("hs_as_of", { day: day(cluster.as_of) })}` : ` · ${t("hs_now")}`),
      el("p", { class: "note figures-small" }, small(cluster)),
      standalone ? null : el("a", { class: "link", href: addressOf(cluster) }, t("hs_its_issues")),
    ),
  );
}

function small(cluster) {
  if (cluster.hidden) return null;
  const parts = [`LLR ${decimal(cluster.llr, 1)}`, `p ${cluster.p < 0.001 ? "< 0.001" : decimal(cluster.p, 3)}`];
  if (cluster.relative_risk !== null) parts.push(`RR ${decimal(cluster.relative_risk, 1)}`);
  return parts.join(" · ");
}

/** The dispatch page with the issues of a cluster. */
function addressOf(cluster) {
  if (cluster.id && !cluster.rows.length) return keep(`/maps/issues?hotspot=${cluster.id}`);
  return issuesOf(cluster.grids, cluster.topic || state.body.question.category, cluster.first, cluster.last);
}

/** The dispatch page with the issues of some grids in the period that is shown, or in other days. */
export function issuesOf(codes, category, first = span().first, last = span().last) {
  const { department } = state.body.question;
  const asked = new URLSearchParams({ tab: "all", closed: "1", grids: codes.slice(0, 200).join(","), from: first, to: last });
  if (category) asked.set("category", category);
  if (department) asked.set("department", department);
  return keep(`/maps/issues?${asked.toString()}`);
}
