import { expect, test } from "vitest";
import { baselineDifferences, judgeBaseline } from "#lib/domain/node/baseline";
import type { SecurityBaseline } from "#lib/domain/node/baseline-rules";
import { differencesFromRecord, recordOf } from "#lib/domain/node/controller-record";
import type { Inventory, InventoryAccount } from "#lib/domain/node/inventory";
import { compareVersions } from "#lib/domain/node/version-order";

const now = Date.parse("2026-11-28T12:00:00Z");
const day = 24 * 3_600_000;

const inventory: Inventory = {
  system: {
    manufacturer: null,
    model: null,
    serial: "S1",
    uuid: null,
    sku: null,
    biosVersion: "1.10.3",
  },
  cpus: [],
  memory: { totalGib: null, modules: [] },
  gpus: ["96.00.89", "96.00.74", null].map((firmwareVersion, at) => ({
    slot: `SXM${at}`,
    model: null,
    memoryGib: null,
    serial: `G${at}`,
    uuid: null,
    firmwareVersion,
  })),
  drives: [],
  nics: [],
  firmware: [{ id: "CPLD_0", name: "CPLD", version: "0.2.1" }],
  tpms: [{ kind: "TPM 2.0", firmwareVersion: null, enabled: true }],
  secureBoot: { enabled: false, inForce: null, mode: null },
  manager: {
    model: null,
    firmwareVersion: "24.09.17",
    clock: null,
    clockOffBySeconds: null,
    ipmiOverLan: true,
  },
};

const account = (username: string, more: Partial<InventoryAccount> = {}): InventoryAccount => ({
  username,
  enabled: true,
  role: "Administrator",
  isOwn: false,
  isHosts: false,
  ...more,
});
const accounts = [
  account("ingot", { isOwn: true }),
  account("break-glass"),
  account("S6AmJs", { isHosts: true }),
  account("root", { enabled: false }),
];
const certificate = { validFromMs: now - 400 * day, validToMs: now + 100 * day };

function judge(
  baseline: SecurityBaseline,
  facts: Partial<Parameters<typeof judgeBaseline>[1]> = {},
) {
  const rows = judgeBaseline(baseline, { inventory, accounts, certificate, nowMs: now, ...facts });
  return {
    verdicts: rows.map(({ verdict }) => verdict),
    words: baselineDifferences(rows).map(({ words }) => words),
  };
}

const bare: Inventory = { ...inventory, tpms: [], gpus: null, firmware: [] };
const { secureBoot: _, manager: __, ...silent } = bare;

test.each<[string, SecurityBaseline, string, string[]]>([
  [
    "firmware that is new enough, by numbers and not by letters",
    { firmware: [{ component: "BIOS", match: "at_least", version: "1.9" }] },
    "met",
    [],
  ],
  [
    "the controller's, exactly",
    { firmware: [{ component: "controller", match: "exactly", version: "24.09.18" }] },
    "mismatch",
    ["Controller firmware: expected 24.09.18, found 24.09.17"],
  ],
  [
    "one GPU of several that is too old",
    { firmware: [{ component: "gpu", match: "at_least", version: "96.00.80" }] },
    "mismatch",
    ["GPU firmware: expected 96.00.80 or newer, found 96.00.74"],
  ],
  [
    "one GPU of several that does not tell",
    { firmware: [{ component: "gpu", match: "at_least", version: "96.00.01" }] },
    "unknown",
    [],
  ],
  [
    "anything listed, by a part of its name",
    { firmware: [{ component: "cpld", match: "exactly", version: "0.2.1" }] },
    "met",
    [],
  ],
  [
    "what is listed nowhere, where it must be",
    { firmware: [{ component: "erot", match: "at_least", version: "1", required: true }] },
    "unknown",
    ["Firmware of erot: expected 1 or newer; the controller does not say"],
  ],
  [
    "Secure Boot",
    { secureBoot: { want: "on" } },
    "mismatch",
    ["Secure Boot: expected on, found off"],
  ],
  ["a TPM 2.0", { tpm: { want: "2.0" } }, "met", []],
  ["IPMI", { ipmiOff: {} }, "mismatch", ["IPMI over the network: expected off, found on"]],
  ["a certificate that is valid", { certificate: {} }, "met", []],
  [
    "a certificate that is too old",
    { certificate: { maxAgeDays: 365 } },
    "mismatch",
    [
      "Controller certificate: expected one that is valid, 365 days old at most, found one from 2025-10-24 to 2027-03-08",
    ],
  ],
  ["accounts that are allowed", { accounts: { allowed: ["break-glass"] } }, "met", []],
  [
    "an account that is not",
    { accounts: { allowed: [] } },
    "mismatch",
    ["Controller accounts: expected none enabled but Ingot's own, found also break-glass"],
  ],
])("%s", (_title, baseline, verdict, words) => {
  expect(judge(baseline)).toEqual({ verdicts: [verdict], words });
});

test("what a controller does not tell is unknown, and counts only where it must be told", () => {
  const rules = (required: boolean): SecurityBaseline => ({
    firmware: [{ component: "gpu", match: "at_least", version: "1", required }],
    secureBoot: { want: "on", required },
    tpm: { want: "present", required },
    ipmiOff: { required },
    certificate: { required },
    accounts: { allowed: [], required },
  });
  const facts = { inventory: silent, accounts: null, certificate: null };
  expect(judge(rules(false), facts)).toEqual({ verdicts: Array(6).fill("unknown"), words: [] });
  const { words } = judge(rules(true), facts);
  expect(words).toHaveLength(6);
  expect(words.every((each) => each.endsWith("; the controller does not say"))).toBe(true);
  expect(
    judge({ tpm: { want: "present" } }, { inventory: { ...inventory, tpms: undefined } }),
  ).toEqual({ verdicts: ["unknown"], words: [] });
});

test.each([
  ["1.9", "1.10", -1],
  ["U46 v2.10", "u46 V2.10", 0],
  ["1.45.455b66", "1.45.455b7", 1],
  ["96.00", "96.00.01", -1],
  ["7.00.30.00", "7.0.30.0", 0],
])("%s and %s", (one, other, sign) => {
  expect(Math.sign(compareVersions(one, other))).toBe(sign);
  expect(Math.sign(compareVersions(other, one))).toBe(-sign || 0);
});

test("an account that came or went and a version that is another are told; the unknown is not", () => {
  const record = recordOf(inventory, accounts, "2026-11-01T00:00:00Z", null);
  expect(differencesFromRecord(record, inventory, accounts)).toEqual({
    accounts: [],
    firmware: [],
  });
  const now = [
    ...accounts.filter(({ username }) => username !== "break-glass"),
    account("backdoor"),
    account("another host's", { isHosts: true }),
  ];
  const flashed = { ...silent, system: { ...silent.system, biosVersion: "6.6.6" } };
  const since = differencesFromRecord(record, flashed, now);
  expect([...since.accounts, ...since.firmware].map(({ words }) => words)).toEqual([
    "Accounts of the controller since it was last in order: backdoor came and break-glass went",
    "BIOS since it was last in order: 6.6.6, and was 1.10.3",
  ]);
  const turnedOn = accounts.map((each) => ({ ...each, enabled: true }));
  expect(differencesFromRecord(record, inventory, turnedOn).accounts[0]?.words).toContain(
    "root came",
  );
  expect(differencesFromRecord(record, silent, null)).toEqual({ accounts: [], firmware: [] });
});
