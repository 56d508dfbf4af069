import { expect, test } from "vitest";
import { listedPasswords, newPasswordFault } from "#lib/access/new-password";
import { hashPassword, verifyNothing, verifyPassword } from "#lib/access/password";

test("a password is told from every other, and its hash from every other hash", async () => {
  const [one, two] = await Promise.all([
    hashPassword("correct battery horse"),
    hashPassword("correct battery horse"),
  ]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(one).not.toBe(two);
  expect(await verifyPassword("correct battery horse", one)).toBe(true);
  expect(await verifyPassword("correct battery horsf", one)).toBe(false);
  expect(await verifyNothing("correct battery horse")).toBe(false);
});

test("the same letters typed in another form are the same password", async () => {
  const hash = await hashPassword("fünf kleine Jägermeister");
  expect(await verifyPassword("fu\u0308nf kleine Ja\u0308germeister", hash)).toBe(true);
});

test("a hash made with another cost can still be checked, and one that is none is a bug", async () => {
  const { argon2Sync } = await import("node:crypto");
  const salt = Buffer.from("sixteen byte salt".slice(0, 16));
  const tag = argon2Sync("argon2id", {
    message: Buffer.from("a former password"),
    nonce: salt,
    memory: 1024,
    passes: 1,
    parallelism: 1,
    tagLength: 32,
  });
  const hash = `$argon2id$v=19$m=1024,t=1,p=1$${salt.toString("base64")}$${tag.toString("base64")}`;
  expect(await verifyPassword("a former password", hash)).toBe(true);
  await expect(verifyPassword("x", "plain text")).rejects.toThrow("known form");
});

const owner = { email: "margaret.hamilton@example.com" };

test.for([
  ["short", "Xk7#pQ2m!vR9sW", "at least 15"],
  ["very long", "x1y2z3".repeat(30), "at most 128"],
  ["one character again and again", "aaaaaaaaaaaaaaa", "repeats"],
  ["two characters in turn", "abababababababab", "repeats"],
  ["a run", "abcdefghijklmnop", "run of neighbours"],
  ["digits in order", "123456789012345", "run of neighbours"],
  ["the account's own name", "margaret.hamilton1", "email address"],
  ["a common one", "administratoradministrator", "first passwords"],
  ["a common one in disguise", "P@ssw0rdP@ssw0rd", "first passwords"],
  ["a common one with the usual ending", "letmeinplease2026!", "first passwords"],
] as const)("%s is refused in words", ([, password, words]) => {
  expect(newPasswordFault(password, owner)).toContain(words);
});

test("every password of the list is refused, and what is but near one of them is not", () => {
  expect(new Set(listedPasswords).size).toBeGreaterThanOrEqual(3_000);
  const refused = (password: string) =>
    newPasswordFault(password, owner)?.includes("first passwords") ?? false;
  expect(listedPasswords.filter((password) => !refused(password))).toEqual([]);
  const [, , third = ""] = listedPasswords;
  for (const each of [third.toUpperCase(), third.replaceAll("a", "@"), `${third} 2026!`]) {
    expect([each, refused(each)]).toEqual([each, true]);
  }
  expect(refused(`${third} in winter`)).toBe(false);
});

test.for(["mint lorry fathom eight", "Xk7#pQ2m!vR9sWe", "正確な馬の電池ホチキスの針金です"])(
  "%s will do",
  (password) => {
    expect(newPasswordFault(password, owner)).toBeUndefined();
  },
);
