// How a grid is cut in two: in even halves, along a line drawn by hand, or so that two units are parted.

import { contains, grids, t } from "./data.js";
import { announce } from "./dom.js";
import { labelOf, unitsOf } from "./drawing.js";
import { units } from "./units.js";
import { stroke } from "./canvas.js";

export const WAYS = ["even", "line", "seeds"];

export class Split {
  constructor(editor, tools, stage) {
    Object.assign(this, { editor, tools, stage });
    this.seeds = [];
  }

  /** The way that is under way, null if none is. */
  get way() {
    const { phase } = this.editor;
    return phase.kind === "proposal" && phase.control === "split" ? phase.how : null;
  }

  /** Begins anew in one of the ways: even halves are shown at once, the others wait for the hand. */
  begin(label, way) {
    this.seeds = [];
    this.tools.use(way === "line" ? "knife" : "pick");
    const action = { op: "split", grid: label };
    if (way === "even") this.editor.propose(action, "split", way);
    else this.editor.expect(action, "split", way);
  }

  /** A line across: what lies on its left becomes one half. */
  cut(line) {
    const { action } = this.editor.phase;
    const side = leftOf(line, [...unitsOf(action.grid)]);
    if (!side.length || side.length === unitsOf(action.grid).size) {
      this.editor.expect({ op: "split", grid: action.grid }, "split", "line", t("split_line_missed", { grid: grids[action.grid].name }));
      announce(t("split_line_missed", { grid: grids[action.grid].name }));
    } else this.editor.propose({ op: "split", grid: action.grid, by: "side", units: side }, "split", "line");
  }

  /** A unit for one of the halves; a third one begins anew, one that is chosen already is dropped. */
  seed(k) {
    const { action } = this.editor.phase;
    const grid = grids[action.grid];
    if (labelOf[k] !== grid.k) {
      announce(t("split_seed_elsewhere", { grid: grid.name }));
      return;
    }
    if (this.seeds.includes(k)) this.seeds = this.seeds.filter((one) => one !== k);
    else this.seeds = this.seeds.length === 2 ? [k] : [...this.seeds, k];
    if (this.seeds.length === 2) this.editor.propose({ op: "split", grid: grid.k, by: "seeds", units: this.seeds }, "split", "seeds");
    else {
      this.editor.expect({ op: "split", grid: grid.k }, "split", "seeds");
      announce(t("split_seeds_n", { n: this.seeds.length }));
    }
  }

  /** The tool of the hand goes with the proposal. */
  end() {
    if (this.way === null && this.tools.mode === "knife") this.tools.use("pick");
  }

  paint(ctx, view) {
    if (this.way !== "seeds") return;
    this.seeds.forEach((k, i) => {
      const disc = new Path2D();
      disc.arc(...units[k].at, view.px(11), 0, 7);
      ctx.fillStyle = "#1f5f95";
      ctx.fill(disc);
      stroke(ctx, view, disc, "#ffffff", 2);
      ctx.save();
      ctx.fillStyle = "#ffffff";
      ctx.font = `600 ${view.px(13)}px sans-serif`;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.fillText(String(i + 1), ...units[k].at);
      ctx.restore();
    });
  }
}

/** The units whose inner point lies left of a line [x, y, x, y, …], which runs on straight at both ends. */
export function leftOf(line, list) {
  const last = line.length - 2;
  const [ax, ay, bx, by] = [line[0], line[1], line[last], line[last + 1]];
  const long = Math.hypot(bx - ax, by - ay);
  if (!long) return [];
  // Far beyond every unit of the grid.
  const far = list.reduce((most, k) => Math.max(most, Math.hypot(units[k].at[0] - ax, units[k].at[1] - ay)), long) * 4;
  const [dx, dy] = [((bx - ax) / long) * far, ((by - ay) / long) * far];
  const before = [ax - dx, ay - dy];
  const behind = [bx + dx, by + dy];
  const ring = [...before, ...line, ...behind, behind[0] + dy, behind[1] - dx, before[0] + dy, before[1] - dx];
  return list.filter((k) => contains([ring], ...units[k].at));
}
