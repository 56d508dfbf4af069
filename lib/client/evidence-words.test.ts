import { expect, test } from "vitest";
import { evidenceWords } from "#lib/client/evidence-words";
import { findSwitchConditions } from "#lib/domain/health/conditions";

test("what a controller said stands beside the numbers, shortened, and what nobody has words for does not", () => {
  expect(evidenceWords({ sensor: "Inlet", celsius: 47, celsius_limit: 45, more: 2 })).toBe(
    "Inlet, 47 °C, critical from 45 °C, and 2 more",
  );
  expect(evidenceWords({ entry: "Power supply 1 has lost its input." })).toBe(
    "“Power supply 1 has lost its input.”",
  );
  expect(evidenceWords({ entry: "x".repeat(500) })).toHaveLength(122);
  expect(evidenceWords({ nvlinks_down: 2, nvlinks: 18 })).toBe("2 NVLinks down, 18 in all");
  expect(evidenceWords({ unheard: "<script>", of: 1 })).toBe("");
});

test("what is found of a switch names the code to look up, and the switch", () => {
  const one = { temperature: 40, tx: null, rx: null, linkErrors: 0 };
  const { found } = findSwitchConditions(
    [{ nvswitch: 3, fatal: 20_034, nonFatal: 12_028, ...one }],
    new Map([[3, { fatal: 0, nonFatal: 0 }]]),
  );
  expect([...found.values()].map((evidence) => evidenceWords(evidence ?? {}))).toEqual([
    "SXID 20034, NVSwitch 3",
    "SXID 12028, NVSwitch 3",
  ]);
});
