import { expect, test } from "vitest";
import { isOfDomain, readClaims } from "#lib/domain/access/claims";

const said = { iss: "https://login.example.com", sub: "248289761001" };
const read = (more: Record<string, unknown>) => readClaims({ ...said, ...more }, "groups");

test("who someone is follows from issuer and subject, and without both from nothing", () => {
  expect(read({})).toEqual({
    issuer: said.iss,
    subject: said.sub,
    email: null,
    emailVerified: false,
    name: null,
    groups: [],
    authTime: null,
  });
  expect(readClaims({ iss: said.iss, email: "ada@example.com" }, "groups")).toBeNull();
  for (const sub of [1, "", null, ["a"], "a\u0000", "a".repeat(256)])
    expect(read({ sub })).toBeNull();
});

test.for([
  [true, true],
  ["true", false],
  [1, false],
  [false, false],
  [undefined, false],
])("an address is verified when the provider says true, and %j is %s", ([value, verified]) => {
  const claims = read({ email: " Ada@Example.com ", email_verified: value });
  expect(claims).toMatchObject({ email: "ada@example.com", emailVerified: verified });
});

test("an address that is not there is not verified", () => {
  expect(read({ email_verified: true })?.emailVerified).toBe(false);
});

test("groups are read from the claim that was chosen, in either shape, and never from others", () => {
  expect(read({ groups: ["a", "b", "a", 7, "", null, { a: 1 }] })?.groups).toEqual(["a", "b"]);
  expect(read({ groups: "a" })?.groups).toEqual(["a"]);
  expect(read({ groups: { a: true } })?.groups).toEqual([]);
  expect(read({ roles: ["fleet"] })?.groups).toEqual([]);
  expect(readClaims({ ...said, roles: ["x"] }, "roles")?.groups).toEqual(["x"]);
  expect(read({ groups: Array.from({ length: 5_000 }, (_, n) => `g${n}`) })?.groups.length).toBe(
    1_000,
  );
});

test("an address is of a domain by all that follows its last at-sign", () => {
  expect(isOfDomain("ada@example.com", [])).toBe(true);
  expect(isOfDomain("ada@example.com", ["example.com"])).toBe(true);
  expect(isOfDomain("ada@sub.example.com", ["example.com"])).toBe(false);
  expect(isOfDomain('"x@example.com"@evil.example', ["example.com"])).toBe(false);
  expect(isOfDomain("ada@notexample.com", ["example.com"])).toBe(false);
});
