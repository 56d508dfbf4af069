import { expect, test } from "vitest";
import { countWords, enteredWords, lastsWords, triedWords } from "#lib/client/run-words";

// Whoever decides reads what was entered: JSON as JSON, choices with commas.
test("what was entered reads as it was meant, whatever its type", () => {
  const input = {
    inputs: { mounts: { data: ["/a", "/b"] }, parts: ["x", "y"], nodes: 2, shared: false },
  };
  expect(enteredWords({ input })).toBe(
    'mounts: {"data":["/a","/b"]}, parts: x,y, nodes: 2, shared: false',
  );
  expect(enteredWords({ input: { action: { label: "Dump", inputs: { level: "all" } } } })).toBe(
    "level: all",
  );
});

test("how often a provider was asked is told in all, and while it is asked what of it came to nothing", () => {
  const told = (calls: number, attempt: number) =>
    triedWords({ kind: "http", state: "waiting", calls, attempt });
  expect(told(0, 0)).toBe("");
  expect(told(1, 1)).toBe("Its provider was asked once.");
  expect(told(7, 0)).toBe("Its provider was asked 7 times.");
  expect(told(7, 2)).toBe("Its provider was asked 7 times, the last 2 for nothing.");
  const done = { kind: "http", state: "succeeded", calls: 7, attempt: 2 } as const;
  expect(triedWords(done)).toBe("Its provider was asked 7 times.");
  const script = { kind: "script", state: "succeeded", calls: 0, attempt: 2 } as const;
  expect(triedWords(script)).toBe("Attempts that came to nothing: 2.");
});

test("what is to be decided on is told with its size and how long it stays", () => {
  expect(countWords({ workers: 1, head: 0 })).toBe("1\u00a0node");
  expect(countWords({ workers: 2, head: 1 })).toBe("3\u00a0nodes (workers 2, head 1)");
  expect([lastsWords(8), lastsWords(48), lastsWords(null)]).toEqual([
    ...["for 8 hours", "for 2 days", "until it is released"],
  ]);
});
