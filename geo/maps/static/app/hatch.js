// A hatch for the canvas.

import { pattern } from "./canvas.js";

/** Diagonal lines that keep their distance on the screen. */
export function hatch(ctx, view, step, colour, width) {
  return pattern(ctx, view, step, (c, size) => {
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.beginPath();
    for (const off of [-size, 0, size]) {
      c.moveTo(off - 1, size + 1);
      c.lineTo(off + size + 1, -1);
    }
    c.stroke();
  });
}
