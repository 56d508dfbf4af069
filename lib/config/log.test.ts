import { DrizzleQueryError } from "drizzle-orm";
import { expect, test } from "vitest";
import { createLog } from "#lib/config/log";

function logged(write: (log: ReturnType<typeof createLog>) => void, level?: string) {
  const lines: string[] = [];
  write(createLog("worker", level, (line) => lines.push(line)));
  return lines.map((line) => JSON.parse(line));
}

test("an event is one line of JSON: who, when, a constant message, its values as fields", () => {
  const [line] = logged((log) => log.info({ nodeId: "node_1" }, "node powered on"));
  expect(line).toMatchObject({
    service: "worker",
    level: 30,
    nodeId: "node_1",
    msg: "node powered on",
  });
  expect(Date.parse(line.time)).toBeGreaterThan(0);
});

test("a line break in a value begins no line of the log", () => {
  const written: string[] = [];
  const log = createLog("worker", "info", (line) => written.push(line));
  const name = 'gpu-1\r\n{"level":50,"msg":"forged"}';
  log.info({ name }, "node named");
  expect(written).toHaveLength(1);
  expect(written[0]).not.toMatch(/[\r\n]/);
  expect(JSON.parse(written[0] ?? "")).toMatchObject({ msg: "node named", name });
});

test("what could be a secret is never written, nor one level down", () => {
  const [line] = logged((log) =>
    log.info(
      { password: "hunter2", controller: { password: "hunter2", address: "10.0.0.1" } },
      "controller asked",
    ),
  );
  expect(JSON.stringify(line)).not.toContain("hunter2");
  expect(line.controller.address).toBe("10.0.0.1");
});

test("an error keeps its cause", () => {
  const error = new Error("no answer", { cause: new Error("connection refused") });
  const [line] = logged((log) => log.warn({ error }, "controller asked"));
  expect(line.error.message).toContain("no answer");
  expect(JSON.stringify(line.error)).toContain("connection refused");
});

test("a query that failed is written without its values, at whatever depth it stands", () => {
  const values = ["ada@example.com", "s3cret-hash"];
  const cause = Object.assign(new Error("duplicate key"), {
    detail: "Key (email)=(ada@example.com)",
  });
  const query = new DrizzleQueryError('insert into "users" values ($1, $2)', values, cause);
  const wrapped = new Error("not done", { cause: query });
  for (const error of [query, wrapped, cause]) {
    const text = JSON.stringify(logged((log) => log.error({ error }, "a request broke")));
    expect(text).not.toMatch(/ada@example|s3cret-hash/);
    expect(text).toContain("duplicate key");
    if (error !== cause) expect(text).toContain("insert into");
  }
});

test("what is below the level is not written", () => {
  expect(logged((log) => log.info("quiet"), "warn")).toEqual([]);
});
