import fc from "fast-check";
import { expect, test } from "vitest";
import { storable, storableValue } from "#lib/domain/storable";

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

test("what hides in the escapes of JSON is found at every depth", () => {
  const value = JSON.parse('{"a\\u0000":["\\udce9",{"b":"x\\u0000y"}],"n":1,"no":null}');
  expect(storableValue(value)).toEqual({ a: ["\ufffd", { b: "xy" }], n: 1, no: null });
});
