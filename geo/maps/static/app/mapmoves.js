// What the map of the dispatch page does: moves that the page makes itself, and what a click on it means.

import { data, t } from "./data.js";
import { planeAt } from "./board.js";

/** Tells the page's own moves from a person's: only a person's take the list along. */
export class Moves {
  constructor(stage, onMoved) {
    this.stage = stage;
    this.own = false;
    stage.map.on("moveend", () => {
      const mine = this.own;
      this.own = false;
      onMoved(!mine);
    });
  }

  /** Moves the map with `act`; a map that is there already says nothing, and the next move is the person's again. */
  make(act) {
    const { map } = this.stage;
    const before = map.getCenter();
    this.own = true;
    act();
    setTimeout(() => {
      if (map.getCenter().equals(before)) this.own = false;
    }, 600);
  }

  /** Shows a box of the plane with room around it. */
  look(box) {
    const [w, h] = [(box[2] - box[0]) * 0.25, (box[3] - box[1]) * 0.25];
    this.make(() => this.stage.fitBox([box[0] - w, box[1] - h, box[2] + w, box[3] + h], true, 17.5));
  }

  centre(point, zoom) {
    this.make(() => this.stage.centre(point, zoom));
  }
}

/** A click on the map: the place of a new report, the grid of a form, a candidate, or the exact place of a case. */
export function clickOn(event, { stage, mode, aiming, report, forms, card }) {
  const grid = stage.gridUnder(event.latlng);
  const at = { lon: event.latlng.lng, lat: event.latlng.lat };
  if (report.open) {
    if (aiming) report.takePoint(at);
  } else if (mode === "form" && grid) {
    forms.takeGrid(grid.code);
  } else if (mode === "card" && card.told && card.open() && grid) {
    const choice = card.choices.find((one) => one.code === grid.code && !one.point);
    if (choice) card.choose(choice);
    else {
      const leader = data.leaders[grid.k];
      card.addPoint({ code: grid.code, name: grid.name, grid, leader, share: null, point: at, places: [t("point_by_hand")], at: [planeAt(at.lon, at.lat)] });
    }
  }
}
