// What others do meanwhile: the page asks every few seconds, says when the line is lost, and connects again.

import { data } from "./data.js";
import { state } from "./drawing.js";
import { Refused, ask } from "./server.js";

const EVERY_MS = 3000;
const LOST_MS = 8000;
const HIDDEN_MS = 20000;

export class Watch {
  /** `onLine(lost)` hears when the line goes or comes back. */
  constructor(editor, onLine) {
    Object.assign(this, { editor, onLine });
    this.lost = false;
    this.timer = 0;
    // A hidden page need not know so soon, and knows at once when it is looked at again.
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.ask();
    });
    window.addEventListener("focus", () => this.ask());
  }

  /** The first question asks for everything: the page itself knows nobody, and so not what this person can take back. */
  async start() {
    await this.ask(false);
  }

  async ask(brief = true) {
    clearTimeout(this.timer);
    const { editor } = this;
    try {
      if (!editor.busy) {
        const told = await ask(`/v1/drafts/${data.draft.draft}?since=${state.revision}&brief=${brief}`, undefined, editor.name);
        if (told.units || told.submitted !== state.submitted) editor.others(told.units ? told : await this.whole());
      }
      this.line(false);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.line(true);
    }
    clearTimeout(this.timer);
    if (state.submitted === null) this.timer = setTimeout(() => this.ask(), document.hidden ? HIDDEN_MS : this.lost ? LOST_MS : EVERY_MS);
  }

  whole() {
    return ask(`/v1/drafts/${data.draft.draft}?since=${state.revision}`, undefined, this.editor.name);
  }

  line(lost) {
    if (lost === this.lost) return;
    this.lost = lost;
    this.onLine(lost);
  }
}
