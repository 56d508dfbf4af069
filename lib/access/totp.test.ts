import { expect, test } from "vitest";
import { base32, matchTotp, totpAddress, totpCode, totpStep } from "#lib/access/totp";

const secret = Buffer.from("12345678901234567890");

// RFC 6238, appendix B, SHA-1; its eight digits end in our six.
test.for([
  [59, "94287082"],
  [1111111109, "07081804"],
  [1111111111, "14050471"],
  [1234567890, "89005924"],
  [2000000000, "69279037"],
  [20000000000, "65353130"],
] as const)("the code at %i seconds is that of the RFC", ([seconds, code]) => {
  expect(totpCode(secret, totpStep(seconds))).toBe(code.slice(2));
});

test("a code counts in its own step and the ones beside it, and says which step it was", () => {
  const step = totpStep(1_234_567_890);
  const code = totpCode(secret, step);
  const matched = (offset: number) => matchTotp(secret, code, (step + offset) * 30);
  expect([-2, -1, 0, 1, 2].map(matched)).toEqual([undefined, step, step, step, undefined]);
  expect(matchTotp(secret, code, (step + 2) * 30 - 1)).toBe(step);
});

test.for(["", "12345", "1234567", "12345x", "١٢٣٤٥٦", " 94287082", "0x1234"])(
  "%j is no code",
  (text) => {
    expect(matchTotp(secret, text, 59)).toBeUndefined();
  },
);

test("another secret has another code", () => {
  expect(matchTotp(Buffer.from("another secret of 20"), "287082", 59)).toBeUndefined();
  expect(matchTotp(secret, "287082", 59)).toBe(1);
});

// RFC 4648, 10.
test.for([
  ["", ""],
  ["f", "MY"],
  ["fo", "MZXQ"],
  ["foo", "MZXW6"],
  ["foob", "MZXW6YQ"],
  ["fooba", "MZXW6YTB"],
  ["foobar", "MZXW6YTBOI"],
] as const)("%j in base32", ([text, encoded]) => {
  expect(base32(Buffer.from(text))).toBe(encoded);
});

test("an app is told the secret, and which portal's account it is", () => {
  const address = totpAddress(secret, { portal: "ingot.example", email: "ada+x@example.com" });
  expect(address).toBe(
    "otpauth://totp/Ingot%20ingot.example:ada%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ingot%20ingot.example",
  );
});
