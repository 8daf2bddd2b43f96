// The pointer on the map: pick, lasso, paint, pan. What was meant goes to the editor as lists of units.

import { REFERENCE_ZOOM } from "./data.js";
import { unitsNear, unitsWithin } from "./units.js";
import { stroke } from "./canvas.js";

export const MODES = ["pick", "lasso", "paint", "pan"];
// Tools that draw: lasso and brush, and the knife, which comes with the splitting of a grid.
const DRAWN = ["lasso", "paint", "knife"];
const BRUSH = { least: 8, most: 72, step: 8 };

export class Tools {
  /** `onLasso(units, "add" | "take")`, `onBrush(units)` while painting, `onStroke()` at its end, `onCut(line)`. */
  constructor(stage, { onLasso, onBrush, onStroke, onCut, onMode }) {
    Object.assign(this, { stage, onLasso, onBrush, onStroke, onCut, onMode });
    this.mode = "pick";
    this.line = null;
    this.painting = false;
    this.brush = 24;
    this.at = null;
    this.frozen = false;
    this.ended = -1e9;
    this.box = stage.map.getContainer();
    // Shift and a drag add to the lasso, and two quick clicks choose two units.
    stage.map.boxZoom.disable();
    stage.map.doubleClickZoom.disable();
    this.box.addEventListener("pointerdown", (event) => this.down(event));
    this.box.addEventListener("pointermove", (event) => this.move(event));
    this.box.addEventListener("pointerup", (event) => this.up(event));
    this.box.addEventListener("pointercancel", () => this.drop());
    this.use("pick");
  }

  use(mode) {
    this.mode = mode;
    this.drop();
    this.box.dataset.tool = mode;
    this.steer(mode === "pick" || mode === "pan");
    if (mode !== "paint") this.at = null;
    this.onMode(mode);
    this.stage.top.repaint();
  }

  /** While the space bar is held every tool pans. */
  hold(on) {
    if (this.held === on) return;
    this.held = on;
    this.steer(on || this.mode === "pick" || this.mode === "pan");
    this.box.classList.toggle("held", on);
  }

  steer(drags) {
    const { dragging, keyboard } = this.stage.map;
    if (drags) dragging.enable();
    else dragging.disable();
    // In pick the arrows choose units.
    if (this.mode === "pick") keyboard.disable();
    else keyboard.enable();
    this.box.style.touchAction = drags ? "" : "none";
  }

  resize(by) {
    this.brush = Math.max(BRUSH.least, Math.min(BRUSH.most, this.brush + by * BRUSH.step));
    this.stage.top.repaint();
  }

  drop() {
    this.line = null;
    this.painting = false;
    this.stage.top.repaint();
  }

  busy(event) {
    return this.frozen || this.held || event.button > 0 || !DRAWN.includes(this.mode) || event.target.closest(".float");
  }

  down(event) {
    if (!event.target.closest(".float")) this.box.focus({ preventScroll: true });
    if (this.busy(event)) return;
    if (!event.isPrimary) {
      this.drop(); // a second finger: a pinch, not a stroke
      return;
    }
    this.box.setPointerCapture(event.pointerId);
    const place = this.place(event);
    if (this.mode === "lasso" || this.mode === "knife") this.line = [...place];
    else {
      this.painting = true;
      this.onBrush(unitsNear(...place, this.radius()));
    }
  }

  move(event) {
    if (this.mode === "paint") {
      this.at = event.target.closest(".float") ? null : this.place(event);
      this.stage.top.repaint();
    }
    if (this.line) {
      this.line.push(...this.place(event));
      this.stage.top.repaint();
    } else if (this.painting) this.onBrush(unitsNear(...this.place(event), this.radius()));
  }

  up(event) {
    if (this.line) {
      const line = this.line;
      this.ended = event.timeStamp;
      this.drop();
      if (this.mode === "knife") this.onCut(line);
      else if (line.length >= 6) this.onLasso(unitsWithin(line), event.altKey ? "take" : event.shiftKey ? "add" : "new");
    } else if (this.painting) {
      this.ended = event.timeStamp;
      this.drop();
      this.onStroke();
    }
  }

  /** True for the click that the end of a stroke makes. */
  echo(event) {
    return event.timeStamp - this.ended < 80;
  }

  place(event) {
    return this.stage.planeOf(this.stage.map.mouseEventToLatLng(event));
  }

  radius() {
    return this.brush / 2 ** (this.stage.map.getZoom() - REFERENCE_ZOOM);
  }

  paint(ctx, view) {
    if (this.line && this.line.length > 2) {
      const path = new Path2D();
      path.moveTo(this.line[0], this.line[1]);
      for (let i = 2; i < this.line.length; i += 2) path.lineTo(this.line[i], this.line[i + 1]);
      if (this.mode === "lasso") {
        path.closePath();
        ctx.fillStyle = "rgba(31,95,149,.10)";
        ctx.fill(path);
      } else stroke(ctx, view, path, "#ffffff", 6);
      stroke(ctx, view, path, "#1f5f95", this.mode === "knife" ? 3 : 2, [6, 4]);
    }
    if (this.mode === "paint" && this.at) {
      const ring = new Path2D();
      ring.arc(this.at[0], this.at[1], this.radius(), 0, 7);
      stroke(ctx, view, ring, "#ffffff", 3.5);
      stroke(ctx, view, ring, "#1f5f95", 1.6);
    }
  }
}
