// A second consumer of Chrome's JSON: chrome_model.cjs KMODTRACE RECORDING…
//
// The package `@tracerbench/trace-model` makes processes, threads and nested events of a trace; they have to be
// the loads and phases of `report --json`. NODE_PATH names where it is installed.

"use strict";

const assert = require("node:assert");
const { spawnSync } = require("node:child_process");
const { buildModel } = require("@tracerbench/trace-model");

function run(binary, ...args) {
  const done = spawnSync(binary, args, { maxBuffer: 1 << 30, encoding: "utf8" });
  assert([0, 5].includes(done.status), `${args}: ${done.status}: ${done.stderr}`);
  return done.stdout;
}

const ns = (microseconds) => Math.round(microseconds * 1000);

function found(binary, recording) {
  const model = buildModel(JSON.parse(run(binary, "export", recording, "--to", "chrome")));
  const calls = new Map();
  for (const process of model.processes) {
    for (const thread of process.threads) {
      for (const event of thread.events) {
        if (!event.isComplete()) continue;
        if (event.hasCategory("load") || event.hasCategory("unload")) {
          assert.strictEqual(event.parent, undefined);
          assert.strictEqual(event.pid, event.args.pid);
          calls.set(event.args.id, {
            kind: event.hasCategory("load") ? "load" : "unload",
            module: event.args.module ?? null,
            start: ns(event.start),
            total: ns(event.duration),
            phases: [],
            event,
          });
        } else if (event.hasCategory("phase")) {
          assert(event.parent, `${event.name} is inside of nothing`);
          const call = calls.get(event.parent.args.id);
          assert(call && call.event === event.parent, `${event.name} is inside of ${event.parent.name}`);
          call.phases.push([event.name, ns(event.start), ns(event.duration)]);
        }
      }
    }
  }
  return calls;
}

const [binary, ...recordings] = process.argv.slice(2);
for (const recording of recordings) {
  const calls = found(binary, recording);
  let phases = 0;
  for (const text of run(binary, "report", "--json", recording).trimEnd().split("\n")) {
    const line = JSON.parse(text);
    if (!/\.(un)?load\/1$/.test(line.schema)) continue;
    const call = calls.get(line.id);
    assert(call, line.id);
    calls.delete(line.id);
    delete call.event;
    phases += call.phases.length;
    assert.deepStrictEqual(call, {
      kind: line.schema.slice("kmodtrace.".length, -"/1".length),
      module: line.module,
      start: line.start_ns,
      total: line.total_ns,
      phases: line.phases.map((phase) => [phase.name, phase.start_ns, phase.duration_ns]),
    });
  }
  assert.strictEqual(calls.size, 0);
  console.log(`chrome (model) ${recording}: ${phases} phases`);
}
