// Boxes on the screen, found again by place: whether a new one would lie over one of them.

const CELL = 64;

export class Boxes {
  constructor(list = []) {
    this.cells = new Map();
    for (const box of list) this.add(box);
  }

  /** Adds [x0, y0, x1, y1]. */
  add(box) {
    each(box, (key) => {
      if (!this.cells.has(key)) this.cells.set(key, []);
      this.cells.get(key).push(box);
    });
  }

  meets([x0, y0, x1, y1]) {
    return each([x0, y0, x1, y1], (key) => {
      const here = this.cells.get(key);
      return here !== undefined && here.some((b) => x0 < b[2] && x1 > b[0] && y0 < b[3] && y1 > b[1]);
    });
  }
}

/** Calls `hear` for the cells of a box until it says true. */
function each([x0, y0, x1, y1], hear) {
  for (let x = Math.floor(x0 / CELL); x <= Math.floor(x1 / CELL); x += 1) {
    for (let y = Math.floor(y0 / CELL); y <= Math.floor(y1 / CELL); y += 1) if (hear(x * 65536 + y)) return true;
  }
  return false;
}
