// What the right side shows while no card is open: how many, whose and where; each bar is a filter.

import { t } from "./data.js";
import { el, said } from "./dom.js";
import { count } from "./format.js";
import { figures } from "./table.js";
import { categoryName, departmentName } from "./board.js";

const SHOWN = 8;

/** The elements of the summary of an answer; `want(change)` sets filters. */
export function summary(answer, areaNameOf, want) {
  const { tabs, options } = answer;
  return [
    el(
      "section",
      { class: "block" },
      el("h1", {}, t("summary")),
      figures([
        [t("issues"), count(tabs.all)],
        [t("status_to_confirm"), count(tabs.to_confirm)],
        [t("status_overdue"), count(tabs.overdue), "", tabs.overdue ? "danger" : ""],
      ]),
      el("p", { class: "note hint" }, t("dispatch_hint")),
    ),
    bars(t("by_department"), options.department, departmentName, (department) => want({ department })),
    bars(t("by_community"), options.community, areaNameOf, (community) => want({ community })),
    bars(t("by_category"), options.category, categoryName, (category) => want({ category })),
  ];
}

function bars(word, pairs, nameOf, pick) {
  if (!pairs.length) return null;
  const sorted = [...pairs].sort((a, b) => b[1] - a[1]).slice(0, SHOWN);
  const most = sorted[0][1];
  return el(
    "section",
    { class: "block bars" },
    el("h2", {}, word),
    el(
      "ul",
      {},
      sorted.map(([code, n]) =>
        el(
          "li",
          {},
          el(
            "button",
            { type: "button", onclick: () => pick(code) },
            el("span", { class: "bars-name" }, said(nameOf(code))),
            el("span", { class: "meter" }, el("i", { style: { width: `${(n / most) * 100}%` } })),
            el("span", { class: "num" }, count(n)),
          ),
        ),
      ),
    ),
  );
}
