// Status = shape + colour + word. The shapes alone tell them apart.

import { svg } from "./dom.js";

export const STATUSES = ["to_confirm", "to_dispatch", "in_progress", "overdue", "closed"];
export const COLOUR = {
  to_confirm: "#F0B13A",
  to_dispatch: "#1F5F95",
  in_progress: "#5B93C4",
  overdue: "#B42A1D",
  closed: "#7C8894",
};

const DRAW = {
  to_confirm: () => [
    svg("path", { d: "M12 1.600 22.400 12 12 22.400 1.600 12z", fill: "#F0B13A", stroke: "#5A3600", "stroke-width": 1.4 }),
    svg("path", { d: "M9.300 9.700c0-3.500 5.400-3.500 5.400 0 0 2-2.700 2.100-2.700 4.100", fill: "none", stroke: "#17222D", "stroke-width": 1.900 }),
    svg("circle", { cx: 12, cy: 16.8, r: 1.25, fill: "#17222D" }),
  ],
  to_dispatch: () => [
    svg("circle", { cx: 12, cy: 12, r: 9.2, fill: "#1F5F95" }),
    svg("circle", { cx: 12, cy: 12, r: 3.6, fill: "#fff" }),
  ],
  in_progress: () => [
    svg("circle", { cx: 12, cy: 12, r: 8.2, fill: "#fff", stroke: "#1F5F95", "stroke-width": 2.4 }),
    svg("path", { d: "M12 3.800a8.200 8.200 0 0 1 0 16.400z", fill: "#1F5F95" }),
  ],
  overdue: () => [
    svg("path", { d: "M12 2 23 21.500H1z", fill: "#B42A1D", "stroke-linejoin": "round" }),
    svg("path", { d: "M12 8.500v6.500", stroke: "#fff", "stroke-width": 2.4 }),
    svg("circle", { cx: 12, cy: 18.2, r: 1.4, fill: "#fff" }),
  ],
  closed: () => [
    svg("rect", { x: 3.500, y: 3.500, width: 17, height: 17, rx: 2, fill: "#7C8894" }),
    svg("path", { d: "M7.500 12.200l3.200 3.200 6-6.600", fill: "none", stroke: "#fff", "stroke-width": 2.200 }),
  ],
};
const CASING = {
  to_confirm: () => svg("path", { d: "M12 1.600 22.400 12 12 22.400 1.600 12z" }),
  to_dispatch: () => svg("circle", { cx: 12, cy: 12, r: 9.2 }),
  in_progress: () => svg("circle", { cx: 12, cy: 12, r: 9.4 }),
  overdue: () => svg("path", { d: "M12 2 23 21.500H1z" }),
  closed: () => svg("rect", { x: 3.500, y: 3.500, width: 17, height: 17, rx: 2 }),
};

/** The sign of a status, `size` px wide, with a white casing. */
export function statusIcon(status, size = 20) {
  const casing = CASING[status]();
  casing.setAttribute("stroke", "#fff");
  casing.setAttribute("stroke-width", "3.4");
  casing.setAttribute("stroke-linejoin", "round");
  casing.setAttribute("fill", "#fff");
  return svg(
    "svg",
    { viewBox: "-1.5 -1.5 27 27", width: size, height: size, class: "status-icon", "aria-hidden": "true" },
    casing,
    DRAW[status](),
  );
}

/** A cluster: a white disc with the count in a ring that is shared out by status. */
export function clusterIcon(counts, total, small = false) {
  const size = (total < 10 ? 34 : total < 100 ? 38 : 46) - (small ? 8 : 0);
  const band = small ? 3.2 : 4.5;
  const r = size / 2 - (small ? 2.6 : 4);
  const round = 2 * Math.PI * r;
  const node = svg("svg", { viewBox: `0 0 ${size} ${size}`, width: size, height: size, "aria-hidden": "true" });
  node.append(svg("circle", { cx: size / 2, cy: size / 2, r: size / 2 - 0.5, fill: "#fff" }));
  let at = 0;
  for (const status of STATUSES) {
    const share = (counts[status] || 0) / total;
    if (!share) continue;
    node.append(
      svg("circle", {
        cx: size / 2,
        cy: size / 2,
        r,
        fill: "none",
        stroke: COLOUR[status],
        "stroke-width": band,
        "stroke-dasharray": `${Math.max(0, share * round - (share < 1 ? 1 : 0))} ${round}`,
        "stroke-dashoffset": -at * round,
        transform: `rotate(-90 ${size / 2} ${size / 2})`,
      }),
    );
    at += share;
  }
  node.append(svg("text", { x: size / 2, y: size / 2 + 4.5, "text-anchor": "middle" }, String(total)));
  return { node, size };
}

/** A padlock, shut or open. */
export function padlock(shut, size = 16) {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", width: size, height: size, class: "padlock", "aria-hidden": "true" },
    svg("rect", { x: 3, y: 7, width: 10, height: 7, rx: 1.5, fill: shut ? "currentColor" : "none", stroke: "currentColor", "stroke-width": 1.4 }),
    svg("path", { d: shut ? "M5 7V5a3 3 0 0 1 6 0v2" : "M5 7V4.500a2.900 2.900 0 0 1 5.600-1", fill: "none", stroke: "currentColor", "stroke-width": 1.5 }),
  );
}

const TOOLS = {
  pick: "M6 3l12 9-5.500 1 3 5.500-2.400 1.300-3-5.600L6 18z",
  lasso: "M12 4c4.700 0 8.500 2.200 8.500 5S16.700 14 12 14s-8.500-2.200-8.500-5S7.300 4 12 4M7 13.500c-1.500 1-1.500 3 .5 3s2.200 2.500.5 4",
  paint: "M20 3.500l-9 9M11 12.500l2 2c0 3-2.500 5-8.500 5.500 2-1.500 1.500-3.500 2-5 .6-1.800 2.500-2.700 4.500-2.500z",
  pan: "M8 12V6.500a1.400 1.400 0 0 1 2.800 0V11 5a1.400 1.400 0 0 1 2.800 0v6-5a1.400 1.400 0 0 1 2.800 0v6-3.500a1.300 1.300 0 0 1 2.600 0V15c0 3.500-2.200 6-5.600 6-3 0-4.400-1.500-5.600-3.800L5.500 13.500c-.6-1.300 1.200-2.200 2-1z",
  split: "M12 3v18M8.500 8.500L5 12l3.500 3.500M5 12h5M15.500 8.500L19 12l-3.500 3.500M19 12h-5",
  merge: "M3.500 12H10M7 8.500l3.500 3.500L7 15.500M20.500 12H14M17 8.500L13.500 12l3.500 3.500",
  insert: "M4 5h16v14H4zM12 9v6M9 12h6",
  dissolve: "M4 5h16v14H4zM4 5l5 4.500M20 5l-5 4.500M4 19l5-4.500M20 19l-5-4.500M9 9.500h6v5H9z",
  repair: "M14.500 6.500a4 4 0 0 1 5-2.500l-2.500 2.500.5 2 2 .5L22 6.500a4 4 0 0 1-5.500 5L9 19a2 2 0 0 1-3-3l7.500-7.500z",
  balance: "M12 4v16M7 20h10M5 7h14M5 7l-2.500 6h5zM19 7l-2.500 6h5z",
  undo: "M8 5L4 9l4 4M4 9h9a5.500 5.500 0 0 1 0 11h-3",
  redo: "M16 5l4 4-4 4M20 9h-9a5.500 5.500 0 0 0 0 11h3",
};

/** The sign of a tool. */
export function toolIcon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: "tool-icon", "aria-hidden": "true" }, svg("path", { d: TOOLS[name] }));
}
