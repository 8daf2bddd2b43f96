// Whole numbers from the short texts that the server packs them into (geo/maps/packed.py).

import { data } from "./data.js";

/** Zigzag and seven bits a byte: numbers of up to 31 bits. */
export function unpack(text) {
  const bytes = atob(text);
  const out = new Int32Array(bytes.length);
  let count = 0;
  let value = 0;
  let shift = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes.charCodeAt(i);
    value += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte > 127) continue;
    out[count] = value % 2 ? -(value + 1) / 2 : value / 2;
    count += 1;
    value = 0;
    shift = 0;
  }
  return out.subarray(0, count);
}

/** Numbers that were told as differences. */
export function summed(text) {
  const out = unpack(text);
  for (let i = 1; i < out.length; i += 1) out[i] += out[i - 1];
  return out;
}

/** Lists of steps, each with its own absolute first point again. */
export function unpackLines({ counts, flat }) {
  const numbers = unpack(flat);
  const out = [];
  let at = 0;
  let x = 0;
  let y = 0;
  for (const count of unpack(counts)) {
    const line = numbers.subarray(at, at + count);
    if (count) {
      x += line[0];
      y += line[1];
      line[0] = x;
      line[1] = y;
    }
    out.push(line);
    at += count;
  }
  return out;
}

/** Borders as the page draws them, from their packed form; `grid` is the grid of each unit. */
function arcsOf({ line, left, right }, grid) {
  const from = summed(left);
  const beside = unpack(right);
  // 0 is outside; a unit is never beside itself, so that what follows it moves up by one.
  return { line: unpackLines(line), left: from, right: beside.map((step, i) => (step === 0 ? -1 : from[i] + step - (step > 0 ? 1 : 0))), grid };
}

/** Rows of the same keys, from columns. */
function rowsOf(columns) {
  const names = Object.keys(columns);
  return columns[names[0]].map((_, i) => Object.fromEntries(names.map((name) => [name, columns[name][i]])));
}

/** The draft as later answers of the server tell it; made before any module looks at the borders. */
export const draft = data.draft;
draft.units = Array.from(unpack(draft.units));
draft.grids = rowsOf(draft.grids);
data.arcs = arcsOf(data.arcs, draft.units.slice());
