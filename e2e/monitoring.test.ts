import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { promtoolFile } from "#e2e/promtool";
import { knownXids, xidMeaning } from "#lib/domain/health/xid";
import { fields } from "#lib/drivers/dcgm/fields";

const rules = "lib/metrics/prometheus/ingot-rules.yml";

test("Prometheus takes the rules, their tests hold, and so does the configuration beside them", () => {
  expect(promtoolFile("check rules", rules)).toBe("");
  expect(promtoolFile("test rules", "lib/metrics/prometheus/ingot-rules.test.yml")).toBe("");
  const copy = mkdtempSync(path.join(tmpdir(), "ingot-monitoring-"));
  cpSync(path.dirname(rules), copy, { recursive: true });
  writeFileSync(path.join(copy, "ingot-token"), "token");
  expect(promtoolFile("check config", path.join(copy, "prometheus.yml"))).toBe("");
  rmSync(copy, { recursive: true });
});

test("every series that the rules ask for is one that we or exporters make", () => {
  const text = readFileSync(rules, "utf8");
  const recorded = [...text.matchAll(/record: (\S+)/g)].map((match) => match[1]);
  const sources = globSync("lib/**/*.ts").map((file) => readFileSync(file, "utf8"));
  const asked = new Set(text.match(/\b(ingot_\w+[\w:]*|DCGM_\w+)\b/g));
  for (const label of ["ingot_node"]) asked.delete(label);
  const made = (name: string) =>
    recorded.includes(name) ||
    fields.has(name) ||
    sources.some((code) => code.includes(`"${name}"`));
  expect([...asked].filter((name) => !made(name))).toEqual([]);
});

test("the rules tell XIDs apart as the health of a node does", () => {
  const text = readFileSync(rules, "utf8");
  const severe = (severity: string) =>
    knownXids.filter((xid) => xidMeaning(xid)?.severity === severity);
  for (const [alert, codes] of [
    ["GpuXidNeedsNode", severe("critical").join("|")],
    ["GpuXid", `${severe("warning").join("|")}|`],
  ] as const) {
    const [, rule = ""] = new RegExp(`alert: ${alert}\n([\\s\\S]*?)- alert:`).exec(text) ?? [];
    expect([...rule.matchAll(/err_code=~"([^"]*)"/g)].map((match) => match[1])).toEqual([
      codes,
      codes,
    ]);
  }
});
