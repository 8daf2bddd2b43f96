// The card of one issue: what was said, whose it is, and why, step by step with the evidence.

import { data, grids, t } from "./data.js";
import { el, said } from "./dom.js";
import { decimal, isoMoment, metres, moment, planName } from "./format.js";
import { column, departmentName, gridName, lookUp, title } from "./issuedata.js";
import { chips, deadline } from "./issueparts.js";

/** The elements of the card. */
export function issueCard(i, { onClose }) {
  return [
    el(
      "div",
      { class: "card-head" },
      el("button", { type: "button", class: "link back", onclick: onClose }, t("back_to_list")),
      chips(i),
      el("span", { class: "code" }, said(column("sid", i) || `#${column("id", i)}`)),
      el("button", { type: "button", class: "close", "aria-label": t("close"), onclick: onClose }, "×"),
    ),
    el("div", { class: "card-text" }, el("h1", { tabindex: "-1" }, said(title(i))), el("p", {}, said(column("text", i))), source(i)),
    deadline(i),
    owner(i),
    department(i),
    why(i),
  ];
}

function source(i) {
  const reported = column("reported", i);
  const address = lookUp("address", i);
  return el(
    "p",
    { class: "note" },
    said(lookUp("source", i)),
    " · ",
    el("time", { datetime: isoMoment(reported), title: isoMoment(reported) }, moment(reported)),
    address ? [" · ", said(address)] : null,
  );
}

function owner(i) {
  const chain = lookUp("chain", i);
  const border = column("border", i);
  const near = column("near", i);
  return el(
    "section",
    { class: "block" },
    el("h2", {}, t("owner_grid")),
    el("p", { class: "owner" }, said(gridName(i))),
    chain ? el("p", { class: "chain" }, chain.names.map((name, k) => [k ? " › " : "", said(name)])) : null,
    chain && column("where", i) === 0 ? el("p", { class: "code" }, t("full_code", { code: chain.code })) : null,
    column("where", i) === 0 && border !== null ? el("p", { class: "note" }, t("border_fact", { m: metres(border) })) : null,
    near >= 0 ? el("p", { class: "note" }, t("near_fact", { name: grids[near].name, m: metres(column("nearM", i)) })) : null,
  );
}

function department(i) {
  const route = lookUp("route", i);
  return el(
    "section",
    { class: "block" },
    el("h2", {}, t("department"), route.rule ? el("span", { class: "right note" }, t("rule_id", { id: route.rule })) : null),
    el("p", { class: "owner" }, said(departmentName(i))),
    route.with.length ? el("p", { class: "note" }, said(t("with_departments", { names: route.with.join("、") }))) : null,
    route.note ? el("p", { class: "note" }, said(route.note)) : null,
  );
}

function why(i) {
  return el(
    "section",
    { class: "block" },
    el("h2", {}, t("why")),
    el(
      "ol",
      { class: "why" },
      steps(i).map(({ fact, evidence, unsure }, k) =>
        el(
          "li",
          { class: unsure ? "unsure" : "" },
          el("span", { class: "step" }, unsure ? "?" : String(k + 1)),
          el("div", {}, el("p", {}, said(fact)), evidence.filter(Boolean).map((line) => el("p", { class: "note" }, said(line)))),
        ),
      ),
    ),
  );
}

/** Three to five steps, each one fact with its evidence; the one that is uncertain says so. */
function steps(i) {
  const inGrid = gridStep(i);
  const place = placeSteps(i);
  const note = lookUp("note", i);
  // That the border is near is said with its figures by the step of the grid.
  const told = inGrid && inGrid.unsure && note && ["near_border", "outside_all_grids"].includes(note.key);
  if (note && note.said && !told) place.push({ fact: note.said, evidence: [], unsure: true });
  return [...place, inGrid, ruleStep(i)].filter(Boolean);
}

function placeSteps(i) {
  const method = lookUp("method", i);
  const note = lookUp("note", i);
  const address = note && note.address;
  const out = [];
  if (column("x", i) === null || method === "address") {
    const words = lookUp("address", i);
    out.push({
      fact: column("x", i) === null ? t("why_no_place") : t("why_address", { address: words || "–" }),
      evidence: addressLines(address),
      unsure: column("x", i) === null || Boolean(address && address.outcome !== "match"),
    });
  } else {
    const shift = column("shift", i);
    const moved = shift < 0.1 ? t("why_coordinate_same") : t("why_coordinate_shift", { m: metres(shift) });
    out.push({
      fact: t("why_coordinate", { crs: lookUp("crs", i) }),
      evidence: [moved, method === "both" ? t("why_both") : "", ...addressLines(address)],
    });
  }
  return out;
}

function addressLines(address) {
  if (!address) return [];
  const lines = [];
  if (address.outcome === "match" && address.names.length) {
    const confidence = address.confidence === null ? "–" : decimal(address.confidence, 2);
    lines.push(t("why_address_match", { name: address.names[0], confidence }));
  } else if (address.names.length) {
    lines.push(t("why_address_found", { names: address.names.join("、") }));
  } else {
    lines.push(t("why_address_none"));
  }
  if (address.explanation) lines.push(address.explanation);
  return lines;
}

function gridStep(i) {
  const where = column("where", i);
  if (where === 2) return null;
  if (where === 1) return { fact: t("why_outside"), evidence: [nearLine(i)], unsure: true };
  const border = column("border", i);
  const accuracy = column("accuracy", i);
  const plan = data.plan ? planName(data.plan) : "–";
  const unsure = accuracy !== null && border !== null && accuracy > border;
  const error =
    accuracy === null || border === null
      ? ""
      : t(unsure ? "why_uncertain" : "why_certain", { accuracy: metres(accuracy), border: metres(border) });
  return {
    fact: t("why_in_grid", { name: gridName(i) }),
    evidence: [border === null ? "" : t("why_in_grid_plan", { plan, m: metres(border) }), error],
    unsure,
  };
}

function nearLine(i) {
  const near = column("near", i);
  return near < 0 ? "" : t("near_fact", { name: grids[near].name, m: metres(column("nearM", i)) });
}

function ruleStep(i) {
  const route = lookUp("route", i);
  const rest = route.tried.filter(([id]) => id !== route.rule).map(([id, reason]) => t("why_tried", { id, reason }));
  if (!route.rule) return { fact: t("why_no_rule"), evidence: [route.note, ...rest], unsure: true };
  const deadline = route.hours === null ? "" : t("why_rule_deadline", { hours: decimal(route.hours, route.hours % 1 ? 1 : 0) });
  return {
    fact: t("why_rule", { id: route.rule, version: route.version || "–", department: departmentName(i) }),
    evidence: [deadline, ...rest],
  };
}
