import fc from "fast-check";
import { expect, test } from "vitest";
import { aHook } from "#e2e/fixtures/hooks";
import { backoffMs, readAnswer } from "#lib/domain/hook/answer";
import { dryScriptEnd } from "#lib/domain/hook/dry-run";
import {
  endPoints,
  gateParts,
  gatePoints,
  hookKinds,
  hookPoints,
  hookRunStates,
  isGate,
  openingPoints,
  whyNoQuarantine,
} from "#lib/domain/hook/hook";
import { parseProviderUrl } from "#lib/domain/hook/provider-url";
import { whyNotStopped } from "#lib/domain/hook/stop";
import { failureWords, refusalWords, waitWords } from "#lib/domain/hook/words";
import {
  environmentOperationKinds,
  nodeOperationFor,
  nodeOperationKinds,
} from "#lib/domain/operation/operation";
import { stepsOf } from "#lib/domain/operation/workflow";

test("which hooks come where, of every operation", () => {
  const gates = nodeOperationKinds.flatMap((kind) =>
    stepsOf(kind).flatMap((step) => {
      const points = gatePoints(kind, step.name);
      return points.length > 0 ? [`${kind} / ${step.name}: ${points.join(", ")}`] : [];
    }),
  );
  const openings = environmentOperationKinds.flatMap((kind) => {
    const points = openingPoints(kind);
    return points.length > 0 ? [`${kind} before it has nodes: ${points.join(", ")}`] : [];
  });
  const ends = environmentOperationKinds.flatMap((kind) =>
    (["succeeded", "failed"] as const).flatMap((state) => {
      const points = endPoints(kind, state);
      return points.length > 0 ? [`${kind} has ${state}: ${points.join(", ")}`] : [];
    }),
  );
  expect([...openings, ...gates, ...ends]).toMatchInlineSnapshot(`
    [
      "environment.launch before it has nodes: before_allocate",
      "node.deploy / power_off: on_init, after_allocate",
      "node.deploy / attach_network: before_network",
      "node.deploy / open_boot_window: after_network, before_install",
      "node.deploy / boot_disk: after_install, before_bootstrap",
      "node.deploy / hand_over: after_bootstrap, before_validate, after_validate",
      "node.stop / shut_down: before_stop",
      "node.start / power_off: before_start",
      "node.start / hand_over: after_start",
      "node.restart / shut_down: before_stop",
      "node.restart / open_boot_window: after_stop, before_start",
      "node.restart / hand_over: after_start",
      "node.reinstall / open_boot_window: before_install",
      "node.reinstall / boot_disk: after_install, before_bootstrap",
      "node.reinstall / hand_over: after_bootstrap",
      "node.reclaim / detach_network: before_release",
      "environment.launch has succeeded: on_success, on_completion",
      "environment.launch has failed: on_failure, on_completion",
      "environment.stop has succeeded: after_stop",
      "environment.release has succeeded: after_release, on_completion",
    ]
  `);
  // One comes when a step's own check has passed.
  const late = nodeOperationKinds.flatMap((kind) =>
    stepsOf(kind).flatMap((step) => gateParts(kind, step.name).late),
  );
  expect(late).toEqual(["after_validate"]);
  // Every point but that of actions comes somewhere, and is a gate exactly where a step waits for it.
  for (const point of hookPoints.filter((each) => each !== "on_action")) {
    const places = [...openings, ...gates, ...ends].filter((line) => line.includes(point));
    expect(places.length, point).toBeGreaterThan(0);
  }
  expect(isGate("after_stop", "environment.stop")).toBe(false);
  expect(isGate("after_stop", "environment.restart")).toBe(true);
  expect(isGate("on_action", "environment.act")).toBe(true);
  expect(nodeOperationFor["environment.launch"]).toBe("node.deploy");
});

test("a hook sets nodes aside where it has nodes before it that are nobody's yet, and can judge them", () => {
  const may = hookKinds.map((kind) => {
    const points = hookPoints.filter((point) => whyNoQuarantine({ kind, point }) === null);
    return `${kind}: ${points.join(", ")}`;
  });
  const launch =
    "after_allocate, before_network, after_network, before_install, after_install, before_bootstrap, after_bootstrap, before_validate, after_validate";
  expect(may).toEqual([`script: ${launch}`, `http: ${launch}`, "approval: ", "wait: "]);
  // Elsewhere a failure is said to end what it can end, and no more.
  const ends = hookPoints.map((point) => failureWords("abort", point));
  expect(ends.filter((words) => words === "The operation is taken back")).toHaveLength(14);
  expect(failureWords("abort", "before_allocate")).toBe("The launch fails, without any node");
  expect(failureWords("abort", "on_action")).toBe("The action fails");
  expect(failureWords("abort", "on_completion")).toBe("Its point's later hooks do not run");
  const keepsNodes = hookPoints.filter((point) => /Its nodes stay/.test(refusalWords(point)));
  expect(hookPoints.filter((point) => !keepsNodes.includes(point))).toEqual([
    ...["before_allocate", "on_init", "on_action"],
  ]);
  // Each is a point of a launch at which its nodes wait.
  for (const point of launch.split(", ")) {
    const steps = stepsOf("node.deploy").filter((step) =>
      gatePoints("node.deploy", step.name).some((each) => each === point),
    );
    expect(steps, point).toHaveLength(1);
  }
});

test("an answer is one of four, to this question, and no longer than is kept", () => {
  const read = (body: unknown) => {
    const answer = readAnswer(typeof body === "string" ? body : JSON.stringify(body), "k.0");
    return answer.ok ? answer.value : answer.refusal;
  };
  const key = "k.0";
  expect(read({ key, answer: "done", outputs: { a: 1 }, log: "ok\u0000" })).toEqual({
    kind: "done",
    outputs: { a: 1 },
    state: null,
    log: "ok",
    knowsDryRuns: false,
  });
  // Only the word itself, not what looks like it.
  for (const dryRun of ["true", 1, false]) {
    expect(read({ key, answer: "done", dryRun })).toMatchObject({ knowsDryRuns: false });
  }
  expect(read({ key, answer: "done", dryRun: true })).toMatchObject({ knowsDryRuns: true });
  expect(read({ key, answer: "again", after: 99_999, state: { n: 1 } })).toMatchObject({
    afterSeconds: 3_600,
  });
  expect(read({ key, answer: "failed" })).toMatchObject({ reason: "it gave no reason" });
  expect(
    [
      "<!doctype html>",
      "ok",
      [],
      { answer: "done" },
      { key: "k.1", answer: "done" },
      { key, answer: "maybe" },
      { key, answer: "again" },
      { key, answer: "done", outputs: [] },
      { key, answer: "done", outputs: { a: "x".repeat(9_000) } },
      { key, answer: "done", state: "x".repeat(20_000) },
    ].map(read),
  ).toMatchInlineSnapshot(`
    [
      "it answered with a web page and not with JSON",
      "its answer is not JSON",
      "its answer is no JSON object",
      "its answer does not repeat the request's key",
      "it answered to another request: its answer has another key",
      "its answer is none of "done", "again", "failed" and "transient"",
      "it answered "again" without saying after how many seconds",
      "its outputs are no JSON object",
      "its outputs are longer than 8192 characters",
      "its state is longer than 16384 characters",
    ]
  `);
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      readAnswer(text, "k.0");
    }),
  );
  expect([1, 2, 3, 20].map((attempt) => backoffMs(5, attempt))).toEqual([
    5_000, 10_000, 20_000, 300_000,
  ]);
});

test("a provider's address is an https address and nothing else of a URL", () => {
  expect(parseProviderUrl("https://Hooks.example.com:8443/ingot")).toEqual({
    ok: true,
    value: { address: "hooks.example.com:8443", path: "/ingot" },
  });
  expect(parseProviderUrl("https://10.0.0.1")).toMatchObject({ value: { path: "/" } });
  for (const bad of [
    "http://hooks.example.com/",
    "https://user:pass@hooks.example.com/",
    "https://hooks.example.com/?a=1",
    "https://hooks.example.com/#a",
    "https://hooks.example.com/../x",
    "https://hooks.example.com//x",
    "https://hooks.example.com/%2e%2e",
    "https://hooks.example.com\\@evil/",
    "https://127.1/",
    "https://0x7f.1/",
    "https://[::1/",
    "https:///x",
    "file:///etc/passwd",
    "",
  ]) {
    expect(parseProviderUrl(bad).ok, bad).toBe(false);
  }
});

test("only a provider that is to take something back is left alone by hand, while it is asked", () => {
  const stops = hookKinds.flatMap((kind) =>
    ["deploy", "destroy", "action"].flatMap((event) =>
      hookRunStates
        .filter((state) => whyNotStopped({ kind, state, event }) === null)
        .map((state) => `${kind} ${event} ${state}`),
    ),
  );
  expect(stops).toEqual(["http destroy ready", "http destroy running", "http destroy waiting"]);
});

test("a wait is told by what it waits for, and in a dry run by what it was answered", () => {
  const wait = { ...aHook({ name: "up", kind: "wait" }), seconds: 1_800, backoffSeconds: 30 };
  const until = { url: "https://ready.example.com:8443/cluster", certificatePem: "" };
  const script = { text: "#!/bin/sh\n", outputs: [] };
  expect([wait, { ...wait, until }, { ...wait, script }].map(waitWords)).toEqual([
    "waits for 30 minutes",
    "waits until ready.example.com:8443 says yes, asked every 30 seconds, 30 minutes at most",
    "waits until its script says yes on each node, asked every 30 seconds, 30 minutes at most",
  ]);
  const no = {
    state: "failed",
    words: "n-1: It ended with exit code 1.",
    isExpired: false,
  } as const;
  expect([
    dryScriptEnd(wait, no),
    dryScriptEnd(wait, { ...no, isExpired: true }),
    dryScriptEnd({ kind: "script" }, no),
    dryScriptEnd(wait, { ...no, state: "succeeded" }),
  ]).toEqual([
    { answer: "again", words: "It would be asked again: n-1: It ended with exit code 1." },
    { answer: "failed", words: "The hook would fail: n-1: It ended with exit code 1." },
    { answer: "failed", words: "The hook would fail: n-1: It ended with exit code 1." },
    { answer: "done", words: "The hook would be done." },
  ]);
});
