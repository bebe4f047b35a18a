// Mouse, pen and fingers on the timeline.

/** Wheel and pinch zoom, dragging moves (with Shift: chooses a time), clicks select, double clicks fit. */
export function pointers(timeline, state, tooltip) {
  const { canvas } = timeline;
  const down = new Map();
  let moved = 0;
  let pinch = 0;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const [dx, dy] = [event.deltaX * lines, event.deltaY * lines];
    if (event.altKey) {
      timeline.scroll(dy);
    } else if (!event.ctrlKey && (event.shiftKey || Math.abs(dx) > Math.abs(dy))) {
      state.pan((dx || dy) / canvas.clientWidth);
    } else {
      state.zoom(Math.exp(dy * (event.ctrlKey ? 0.01 : 0.002)), timeline.time(place(event)[0]));
    }
  }, { passive: false });

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    moved = 0;
    pinch = 0;
    if (event.shiftKey) {
      const time = timeline.time(place(event)[0]);
      timeline.range = [time, time];
    }
  });

  const pinched = () => {
    const [[ax, ay], [bx, by]] = down.values();
    const distance = Math.max(Math.hypot(ax - bx, ay - by), 10);
    if (pinch) {
      state.zoom(pinch / distance, timeline.time((ax + bx) / 2));
    }
    pinch = distance;
  };

  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    const before = down.get(event.pointerId);
    if (!before) {
      const hit = timeline.hit(x, y);
      state.hover(hit?.load ?? null);
      canvas.classList.toggle("over", Boolean(hit));
      tooltip.show(hit, event.clientX, event.clientY);
      return;
    }
    down.set(event.pointerId, [x, y]);
    moved += Math.abs(x - before[0]) + Math.abs(y - before[1]);
    tooltip.hide();
    if (down.size === 2) {
      pinched();
    } else if (timeline.range) {
      timeline.range[1] = timeline.time(x);
      timeline.redraw();
    } else if (moved > 3) {
      canvas.classList.add("dragging");
      state.pan((before[0] - x) / canvas.clientWidth);
      timeline.scroll(before[1] - y);
    }
  });

  const up = (event) => {
    if (!down.delete(event.pointerId)) {
      return;
    }
    pinch = 0;
    canvas.classList.remove("dragging");
    if (timeline.range) {
      const [from, to] = timeline.range.sort((a, b) => a - b);
      timeline.range = null;
      if (moved > 3) {
        state.show(from, to);
      }
    } else if (moved <= 3 && event.type === "pointerup") {
      const hit = timeline.hit(...place(event));
      if (hit) {
        state.select(hit.load);
      }
    }
    timeline.redraw();
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => {
    state.hover(null);
    tooltip.hide();
  });
  canvas.addEventListener("dblclick", (event) => {
    const hit = timeline.hit(...place(event));
    if (hit) {
      state.reveal(hit.load, true);
    } else {
      state.fit();
    }
  });
}
