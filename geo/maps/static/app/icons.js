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
