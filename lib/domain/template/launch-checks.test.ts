import { expect, test } from "vitest";
import { newPublicKey } from "#e2e/world/tenants";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { adviceOnApprovers, offeredHook } from "#lib/domain/hook/words";
import type { TemplateInput } from "#lib/domain/template/inputs";
import { keysCheck, launchChecks, timeCheck } from "#lib/domain/template/launch-checks";

const token: TemplateInput = {
  ...{ name: "token", label: "Token", help: "", section: "", type: "secret", required: true },
  ...{ default: null, options: [], pattern: "[a-z]+", min: null, max: null, showIf: null },
  ...{ override: "allowed", allowed: [] },
};
const asks: TemplateHook = {
  ...{ name: "boss", kind: "approval", point: "before_allocate", providerId: null },
  ...{ approvers: { kind: "operators", emails: [] }, seconds: 60, retries: 0, backoffSeconds: 1 },
  ...{ onFailure: "abort", executeOnce: false, skipIf: null },
};
const boss = offeredHook(asks, new Set());
const verdicts = (checks: ReturnType<typeof launchChecks>) =>
  checks.map(({ id, verdict }) => `${id} ${verdict}`);

test("of a secret its name is enough, and its value is looked at where it is told", () => {
  const template = { inputs: [token], hooks: [] };
  expect(launchChecks(template, {})).toMatchObject([
    { verdict: "no", words: "Enter Token.", wayOut: "Enter it as the template asks for it." },
  ]);
  expect(verdicts(launchChecks(template, {}, ["token"]))).toEqual(["inputs ok"]);
  expect(verdicts(launchChecks(template, { token: "A1" }, ["token"]))).toEqual(["inputs no"]);
  expect(verdicts(launchChecks({ inputs: [], hooks: [] }, { other: "x" }))).toEqual(["inputs no"]);
});

test("what stands in the way, or waits for a person, has a way out", () => {
  const checks = launchChecks({ inputs: [], hooks: [boss] }, {});
  expect(verdicts(checks)).toEqual(["approval-boss warn", "nodes-later warn"]);
  for (const check of [...checks, keysCheck(0, " ")]) expect(check.wayOut, check.id).toBeTruthy();
  expect(keysCheck(1, "")).toMatchObject({ verdict: "ok", words: "1 key chosen." });
  const pasted = newPublicKey("laptop");
  expect(keysCheck(1, ` ${pasted} `)).toMatchObject({ verdict: "ok", words: "2 keys chosen." });
  expect(keysCheck(1, pasted.slice(0, 40))).toMatchObject({
    ...{ verdict: "no", words: expect.stringContaining("cut off"), wayOut: expect.any(String) },
  });
});

test("whom an approval names and who cannot decide is told; where nobody can, the launch is refused unless it goes on", () => {
  const emails = ["ada@example.com", "bob@example.com"];
  const told = (change: Partial<TemplateHook>, ...deciders: string[]) => {
    const hook = { ...asks, approvers: { kind: "people" as const, emails }, ...change };
    const hooks = [offeredHook(hook, new Set(deciders))];
    return launchChecks({ inputs: [], hooks }, {})[0];
  };
  expect(told({}, ...emails)).toMatchObject({
    verdict: "warn",
    words: "Needs a decision by ada@example.com or bob@example.com before any node is taken.",
  });
  expect(told({}, "ada@example.com")).toMatchObject({
    verdict: "warn",
    words:
      "Needs a decision by ada@example.com before any node is taken. Named, too, and unable to decide here: bob@example.com.",
  });
  expect(told({})).toMatchObject({
    ...{ verdict: "no", wayOut: adviceOnApprovers },
    words:
      "Approval boss is decided by ada@example.com or bob@example.com and nobody else, and neither a member of this tenant nor a fleet admin is among them.",
  });
  for (const change of [{ onFailure: "continue" }, { point: "on_success" }] as const) {
    expect(told(change)).toMatchObject({
      ...{ verdict: "warn", wayOut: adviceOnApprovers },
      words: expect.stringMatching(/it expires, and the launch goes on\.$/),
    });
  }
});

test("the time to ready is that of the slowest, and says where there is none", () => {
  const minute = 60_000;
  const fast = { p50Ms: 2 * minute, p90Ms: 3 * minute, nodes: 40 };
  const slow = { p50Ms: 5.2 * minute, p90Ms: 60 * minute, nodes: 9 };
  expect(timeCheck([fast, slow]).words).toBe("Usually 6 minutes, 9 in 10 within 1 hour.");
  expect(timeCheck([{ ...fast, nodes: 1 }]).words).toBe("About 2 minutes, from 1 node.");
  expect(timeCheck([]).words).toContain("No history yet");
});
