import { afterEach, expect, test, vi } from "vitest";
import { runStep } from "#e2e/runner/step";

afterEach(() => vi.restoreAllMocks());

function listening(): string[] {
  const said: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line) => void said.push(String(line)));
  return said;
}
const node = (program: string) => [process.execPath, "-e", program];

test("a step that passes counts once, and its output is nobody's business", async () => {
  const said = listening();
  const counts = await runStep({ title: "it", commands: [node("console.log('noise')")] });
  expect(counts).toEqual({ passed: 1, failed: 0, skipped: 0, repeated: 0 });
  expect(said.join("\n")).not.toContain("noise");
});

test("a step ends with its first command that fails, and shows what was written", async () => {
  const said = listening();
  const counts = await runStep({
    title: "it",
    commands: [node("console.error('why'); process.exit(2)"), node("console.log('never')")],
  });
  expect(counts).toEqual({ passed: 0, failed: 1, skipped: 0, repeated: 0 });
  expect(said.join("\n")).toContain("why");
  expect(said.join("\n")).not.toContain("never");
});

test("a program that is not there is a failure, in words", async () => {
  const said = listening();
  expect((await runStep({ title: "it", commands: [["no-such-program"]] })).failed).toBe(1);
  expect(said.join("\n")).toContain("no-such-program cannot be run");
});

test("a step sees no setting of a portal", async () => {
  listening();
  vi.stubEnv("DATABASE_URL", "postgres://production");
  vi.stubEnv("INGOT_PORT", "80");
  const commands = [
    node("process.exit(process.env.DATABASE_URL || process.env.INGOT_PORT ? 1 : 0)"),
  ];
  expect((await runStep({ title: "it", commands })).passed).toBe(1);
  vi.unstubAllEnvs();
});
