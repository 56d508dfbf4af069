import { expect, test } from "vitest";
import { readCode } from "#lib/domain/access/second-factor";

test("a code is read however it was typed", () => {
  expect(readCode(" 123 456 ")).toEqual({ kind: "totp", code: "123456" });
  expect(readCode("ABCD-efgh jkmn-2345")).toEqual({ kind: "recovery", code: "abcdefghjkmn2345" });
  expect(readCode("1234567")).toEqual({ kind: "recovery", code: "1234567" });
});
