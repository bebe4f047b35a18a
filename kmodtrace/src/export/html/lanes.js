// Rows: concurrent loads get rows of their own, children lie below their parents.

/** Hands out rows: each block gets the topmost place that is free. */
class Lanes {
  constructor() {
    this.taken = [];
  }

  place(start, end, rows) {
    let first = 0;
    let free = 0;
    for (let row = 0; free < rows; row += 1) {
      if (row < this.taken.length && this.taken[row] > start) {
        first = row + 1;
        free = 0;
      } else {
        free += 1;
      }
    }
    for (let row = first; row < first + rows; row += 1) {
      this.taken[row] = end;
    }
    return first;
  }
}

/** Places a load's children below it; returns how many rows both take, and when the last of them ends. */
function block(load) {
  const lanes = new Lanes();
  let end = load.end;
  for (const child of load.children) {
    const below = block(child);
    child.below = 1 + lanes.place(child.start, below.end, below.rows);
    end = Math.max(end, below.end);
  }
  return { rows: 1 + lanes.taken.length, end };
}

function settle(load, row) {
  load.row = row;
  for (const child of load.children) {
    settle(child, row + child.below);
  }
}

/** Gives every load its row; returns the loads of each row, in order of time. Loads come in order of their beginning. */
export function pack(loads) {
  const lanes = new Lanes();
  for (const load of loads) {
    if (!load.parentLoad) {
      const { rows, end } = block(load);
      settle(load, lanes.place(load.start, end, rows));
    }
  }
  const rows = [];
  for (const load of loads) {
    (rows[load.row] ??= []).push(load);
  }
  return Array.from(rows, (row) => row ?? []);
}
