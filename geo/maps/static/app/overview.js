// What the right side shows while no issue is open: how many, whose and where, each bar a filter.

import { t } from "./data.js";
import { el, said } from "./dom.js";
import { count } from "./format.js";
import { column, communityName, departmentName, isOpen, isOverdue, title } from "./issuedata.js";
import { figures } from "./table.js";

const SHOWN = 8;

/** The elements of the overview of the given issues; `want(change)` sets filters. */
export function overview(list, want) {
  const open = list.filter(isOpen);
  const overdue = open.filter(isOverdue).length;
  return [
    el(
      "section",
      { class: "block" },
      el("h1", {}, t("summary")),
      figures([
        [t("issues"), count(list.length)],
        [t("open_now"), count(open.length)],
        [t("status_overdue"), count(overdue), "", overdue ? "danger" : ""],
      ]),
      el("p", { class: "note hint" }, t("choose_hint")),
    ),
    bars(t("by_department"), list, departmentName, (i) => want({ department: key("department", i) })),
    bars(t("by_community"), list.filter((i) => communityName(i)), communityName, (i) => want({ community: communityName(i) })),
    bars(t("by_category"), list, title, (i) => want({ category: key("category", i) })),
  ];
}

function key(name, i) {
  const k = column(name, i);
  return k < 0 ? "" : String(k);
}

function bars(word, list, nameOf, pick) {
  const groups = new Map();
  for (const i of list) {
    const name = nameOf(i);
    if (!groups.has(name)) groups.set(name, { first: i, all: 0, late: 0 });
    const group = groups.get(name);
    group.all += 1;
    if (isOverdue(i)) group.late += 1;
  }
  if (!groups.size) return null;
  const sorted = [...groups].sort((a, b) => b[1].all - a[1].all).slice(0, SHOWN);
  const most = sorted[0][1].all;
  return el(
    "section",
    { class: "block bars" },
    el("h2", {}, word),
    el(
      "ul",
      {},
      sorted.map(([name, group]) =>
        el(
          "li",
          {},
          el(
            "button",
            { type: "button", onclick: () => pick(group.first) },
            el("span", { class: "bars-name" }, said(name)),
            el("span", { class: "meter" }, el("i", { style: { width: `${(group.all / most) * 100}%` } }), el("i", { class: "late", style: { width: `${(group.late / most) * 100}%` } })),
            el("span", { class: "num" }, count(group.all)),
          ),
        ),
      ),
    ),
  );
}
