import { expect, test } from "vitest";
import type { BurnInOutcome, BurnInResult, BurnInTest } from "#lib/domain/inspection/burn-in";
import type { HostFacts } from "#lib/domain/inspection/host-facts";
import { judgeInspection } from "#lib/domain/inspection/inspection-report";
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
const judge = (tests: BurnInOutcome[], level: "inspect" | "burn_in" = "burn_in") =>
  judgeInspection({ tool: "t/1", uptimeSeconds: 9, facts, tests }, { level, seconds: 3 }, null);

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
  expect(judgeInspection(report, { level: "inspect" }, inventory)).toMatchObject({
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
