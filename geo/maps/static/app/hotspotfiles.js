// What the page shows as a file: from the server where there is one, else made here. The picture is always made here.

import { areaName, contains, data, grids, t, unplane } from "./data.js";
import { announce } from "./dom.js";
import { csvText, save } from "./files.js";
import { FEW, WITHHELD, classOfGrid, detail, exportQuery, isSignificant, span, state } from "./hotspotstate.js";
import { rateOf } from "./hotspotwords.js";
import { askFile } from "./server.js";

const COLUMNS = ["observed", "rate", "expected", "ratio", "around_observed", "around_expected", "around_ratio", "low", "high", "q", "before", "change", "change_q", "z", "z_q"];

/** Hands over what is shown as "csv", "gpkg" or "geojson". */
export async function exportAs(kind) {
  const name = `hotspots-${span().first}.${kind}`;
  if (!data.standalone) save(name, await askFile(`/v1/hotspots/export.${kind}?${exportQuery()}`));
  else if (kind === "csv") save(name, csvText(table()));
  else save(name, new Blob([JSON.stringify(collection())], { type: "application/geo+json" }));
  announce(t("hs_exported", { name }));
}

/** A value a column for each grid. */
function values(grid) {
  const told = detail();
  const { question } = state.body;
  const { first, last } = span();
  const out = { code: grid.code, name: grid.name, community: areaName(grid.parent), first, last, plan: state.body.plan, category: question.category, department: question.department, denominator: question.denominator };
  for (const name of COLUMNS) out[name] = name === "rate" ? rateOf(grid) : told ? told[name][grid.k] : null;
  const k = classOfGrid(grid);
  return { ...out, judged: k === FEW ? 0 : 1, class: k === FEW || k === WITHHELD ? null : k, significant: isSignificant(grid) ? 1 : 0 };
}

function table() {
  const rows = grids.map(values);
  const names = Object.keys(rows[0] || { code: "" });
  return [names.map((name) => t(`hs_${name}`)), ...rows.map((row) => names.map((name) => row[name]))];
}

function collection() {
  const features = grids.map((grid) => ({ type: "Feature", properties: values(grid), geometry: { type: "MultiPolygon", coordinates: polygons(grid.rings) } }));
  return { type: "FeatureCollection", features };
}

/** Rings as polygons: a ring inside an even number of others is an outer one, any other a hole of the smallest around it. */
function polygons(rings) {
  const around = rings.map((ring, i) => rings.map((_, j) => j).filter((j) => j !== i && contains([rings[j]], ring[0], ring[1])));
  const outer = rings.map((_, i) => i).filter((i) => around[i].length % 2 === 0);
  return outer.map((i) => {
    const holes = rings.filter((_, h) => around[h].length === around[i].length + 1 && around[h].includes(i));
    return [lonLat(rings[i], true), ...holes.map((hole) => lonLat(hole, false))];
  });
}

/** Closed, outer rings against the clock, holes with it. */
function lonLat(ring, outer) {
  const points = [];
  let area = 0;
  for (let i = 0; i < ring.length; i += 2) {
    const [lat, lon] = unplane(ring[i], ring[i + 1]);
    points.push([Number(lon.toFixed(7)), Number(lat.toFixed(7))]);
    const j = (i + 2) % ring.length;
    area += ring[i] * ring[j + 1] - ring[j] * ring[i + 1];
  }
  // y runs down in the plane.
  if (area < 0 !== outer) points.reverse();
  points.push(points[0]);
  return points;
}
