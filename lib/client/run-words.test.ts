import { expect, test } from "vitest";
import { enteredWords } from "#lib/client/run-words";

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
