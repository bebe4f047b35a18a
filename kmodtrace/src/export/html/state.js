// What the parts of the page share: which load is selected, which phase is looked at, what time is in view.

/** Tells listeners of changes: `select`, `hover`, `highlight`, `match`, `view`, `theme`, `print`. */
export class State extends EventTarget {
  constructor(run) {
    super();
    this.run = run;
    this.selected = null;
    this.hovered = null;
    /** A place in the list of phases. */
    this.highlight = null;
    /** Loads that match what is searched for, in order of time. */
    this.matches = run.loads;
    this.searching = false;
    this.from = run.start;
    this.to = run.end;
  }

  on(names, listener) {
    for (const name of names.split(" ")) {
      this.addEventListener(name, listener);
    }
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }

  select(load) {
    if (this.selected !== load) {
      this.selected = load;
      this.tell("select");
    }
  }

  hover(load) {
    if (this.hovered !== load) {
      this.hovered = load;
      this.tell("hover");
    }
  }

  setHighlight(phase) {
    this.highlight = phase;
    this.tell("highlight");
  }

  setMatches(matches, searching) {
    this.matches = matches;
    this.searching = searching;
    this.tell("match");
  }

  /** The whole run, with a little room at both sides. */
  fit() {
    const room = Math.max((this.run.end - this.run.start) * 0.015, 50);
    this.show(this.run.start - room, this.run.end + room);
  }

  /** Shows this time, within reason: at least 20 ns, at most a little more than the run. */
  show(from, to) {
    const whole = Math.max(this.run.end - this.run.start, 100);
    const length = Math.min(Math.max(to - from, 20), whole * 1.4);
    const middle = Math.min(Math.max((from + to) / 2, this.run.start), this.run.end);
    this.from = middle - length / 2;
    this.to = middle + length / 2;
    this.tell("view");
  }

  /** Zooms by a factor; `at` stays where it is. */
  zoom(factor, at = (this.from + this.to) / 2) {
    this.show(at - (at - this.from) * factor, at + (this.to - at) * factor);
  }

  pan(share) {
    const by = (this.to - this.from) * share;
    this.show(this.from + by, this.to + by);
  }

  /** Brings a load into view, large enough to be seen. */
  reveal(load, closely = false) {
    const length = this.to - this.from;
    const visible = load.start >= this.from && load.end <= this.to;
    if (closely || !visible || load.total < length / 60) {
      const room = Math.max(load.total, 100) * (closely ? 0.06 : 1.2);
      this.show(load.start - room, load.end + room);
    }
  }
}
