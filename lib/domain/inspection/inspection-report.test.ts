import { expect, test } from "vitest";
import {
  activePorts,
  type BurnInOutcome,
  type BurnInResult,
  type BurnInTest,
} from "#lib/domain/inspection/burn-in";
import type { HostFacts } from "#lib/domain/inspection/host-facts";
import {
  judgeInspection,
  neededTests,
  type TestedHardware,
} from "#lib/domain/inspection/inspection-report";
import { strongerOrder } from "#lib/domain/inspection/order";

const facts = {
  system: { serial: "S2", uuid: null },
  cpu: { sockets: null },
  memory: { totalMib: null, modules: null },
  drives: [],
  nics: [],
  pci: [],
  gpus: null,
} as unknown as HostFacts;

const outcome = (test: BurnInTest, result: BurnInResult = "pass", words = ""): BurnInOutcome => ({
  test,
  result,
  words,
  startedAt: 1,
  endedAt: 2,
  figures: [],
  log: "",
});
const all = [outcome("cpu"), outcome("memory"), outcome("disk")];
const judge = (
  tests: BurnInOutcome[],
  level: "inspect" | "burn_in" = "burn_in",
  type: TestedHardware = {},
) =>
  judgeInspection(
    { tool: "t/1", uptimeSeconds: 9, facts, tests },
    { level, seconds: 3 },
    null,
    type,
  );

test("a burn-in holds when all it consists of was done, and what was not run is said", () => {
  const gpu = outcome("gpu", "not_run", "dcgmi is not in this ramdisk");
  expect(judge([gpu, ...all])).toMatchObject({
    accepted: true,
    words:
      "The host agrees with its controller. Burn-in: CPU passed; memory passed; drives passed; GPU not run: dcgmi is not in this ramdisk",
  });
  expect(judge([], "inspect")).toMatchObject({ accepted: true });
  const hot = outcome("cpu", "warn", "cores were slowed down for their heat 4 times");
  expect(judge([hot, ...all.slice(1)])).toMatchObject({ accepted: true });
});

test.each([
  [
    "a test that failed",
    [outcome("cpu"), outcome("memory", "fail", "2 blocks"), outcome("disk")],
    "Burn-in: memory failed: 2 blocks.",
  ],
  [
    "an optional one that failed",
    [...all, outcome("gpu", "fail", "XID 79")],
    "Burn-in: GPU failed: XID 79.",
  ],
  [
    "one that was not run",
    [outcome("cpu"), outcome("memory"), outcome("disk", "not_run", "no time")],
    "Burn-in: drives not run: no time.",
  ],
  ["one that is not told of", all.slice(0, 2), "Burn-in: drives not run."],
])("%s is no burn-in", (_, tests, words) => {
  expect(judge(tests)).toMatchObject({ accepted: false, words });
});

test.each<[string, TestedHardware, string[]]>([
  ["nothing", {}, []],
  ["no GPUs", { gpu: null }, []],
  ["one GPU", { gpu: { count: 1 } }, ["gpu"]],
  ["GPUs that talk to one another", { gpu: { count: 8 } }, ["gpu", "fabric"]],
  ["ports alone", { gpu: null, nics: { infiniband: 2 } }, ["fabric"]],
  ["Ethernet", { nics: { ethernet: 2 } }, []],
  ["GPUs and a reason", { gpu: { count: 8 }, withoutGpuTests: "no driver yet" }, []],
])("a type with %s needs the tests for it", (_, type, more) => {
  expect(neededTests(type)).toEqual(["cpu", "memory", "disk", ...more]);
});

test("GPUs that nobody tested are not passed, unless the type says why they need not be", () => {
  const tests = [
    ...all,
    outcome("gpu", "not_run", "dcgmi is not in this ramdisk"),
    outcome("fabric", "not_run", "there are fewer than two GPUs"),
  ];
  expect(judge(tests, "burn_in", { gpu: { count: 2 } })).toMatchObject({
    accepted: false,
    words:
      "Burn-in: GPU not run: dcgmi is not in this ramdisk. Burn-in: fabric not run: there are fewer than two GPUs.",
  });
  expect(judge(all, "burn_in", { gpu: { count: 1 } })).toMatchObject({
    accepted: false,
    words: "Burn-in: GPU not run.",
  });
  const reason = { gpu: { count: 2 }, withoutGpuTests: "no driver yet" };
  expect(judge(tests, "burn_in", reason)).toMatchObject({ accepted: true });
  // What did run and failed counts, whatever the reason.
  const failed = [...all, outcome("gpu", "fail", "dcgmi diag ended with 226")];
  expect(judge(failed, "burn_in", reason)).toMatchObject({ accepted: false });
  // It was not asked for.
  expect(judge([], "inspect", { gpu: { count: 2 } })).toMatchObject({ accepted: true });
});

test("fewer ports in use by the fabric than the type has are no fabric", () => {
  const type = { gpu: { count: 8 }, nics: { infiniband: 8 } };
  const fabric = (active: number): BurnInOutcome => ({
    ...outcome("fabric", active < 8 ? "warn" : "pass"),
    figures: [{ name: activePorts, value: active, unit: "" }],
  });
  const tests = (active: number) => [...all, outcome("gpu"), fabric(active)];
  expect(judge(tests(8), "burn_in", type)).toMatchObject({ accepted: true });
  expect(judge(tests(7), "burn_in", type)).toMatchObject({
    accepted: false,
    words: "Burn-in: 7 InfiniBand ports are active, and the node type has at least 8.",
  });
  expect(judge([...all, outcome("gpu"), outcome("fabric")], "burn_in", type)).toMatchObject({
    accepted: false,
    words: "Burn-in: the ramdisk does not tell which InfiniBand ports are active; build it anew.",
  });
  expect(judge(tests(7), "burn_in", { ...type, withoutGpuTests: "no cables yet" })).toMatchObject({
    accepted: true,
  });
});

test("a host with another serial number than its controller's is not accepted, tested or not", () => {
  const inventory = {
    system: { serial: "S1", uuid: null },
    cpus: [],
    memory: { totalGib: null, modules: [] },
    gpus: null,
    drives: [],
    nics: [],
  } as unknown as Parameters<typeof judgeInspection>[2];
  const report = { tool: "t/1", uptimeSeconds: 9, facts, tests: all };
  expect(judgeInspection(report, { level: "inspect" }, inventory, {})).toMatchObject({
    accepted: false,
    words:
      "It may be another machine than its controller's. Serial number: the controller says S1, the host says S2.",
    conflicts: [{ kind: "identity" }],
  });
});

test("of two orders the more demanding one counts", () => {
  const burn = { level: "burn_in", seconds: 60 } as const;
  expect(strongerOrder({ level: "inspect" }, burn)).toEqual(burn);
  expect(strongerOrder(burn, { level: "burn_in", seconds: 30 })).toEqual(burn);
  expect(strongerOrder(undefined, burn)).toEqual(burn);
  expect(strongerOrder(undefined, undefined)).toBeUndefined();
});
