import fc from "fast-check";
import { expect, test } from "vitest";
import { storable } from "#lib/domain/storable";

test("what can be stored stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(storable(text)).toBe(text.replaceAll("\u0000", ""));
    }),
  );
});

test("padding with NUL is dropped, and half a character becomes a whole one", () => {
  expect(storable("H100\u0000\u0000")).toBe("H100");
  expect(storable("a\ud83d")).toBe("a\ufffd");
});
