import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { namesFrom, portalActs } from "#e2e/fixtures/portal-acts";
import { needsFreshProof } from "#lib/access/policy";
import { routeList } from "#lib/api/table";

// Whatever a person can click a program can call, over the same command. What is by people only is said
// here, with why. What is one's own account has no permission: who shows a token is to stay who they are.

/** Permissions of the portal's acts that tokens have no part in, besides those with a fresh proof. */
const byPeopleOnly: Record<string, string> = {
  setContextSecretAction: "Tokens do nothing with secrets.",
  removeContextSecretAction: "Tokens do nothing with secrets.",
};

const acts = portalActs();
const called = new Set(
  globSync("lib/api/*-routes.ts").flatMap((file) => namesFrom(readFileSync(file, "utf8"))),
);

test("every act of the portal is a route of the API, or is by people only", () => {
  expect(acts.length).toBeGreaterThan(100);
  const without = acts
    .filter((act) => act.permission && !needsFreshProof(act.permission))
    .filter(({ uses }) => uses.length === 0 || uses.some((name) => !called.has(name)))
    .map(({ name }) => name);
  expect(without).toEqual(Object.keys(byPeopleOnly));
});

test("no act that asks for a fresh proof of its person has a route", () => {
  const proved = acts.filter((act) => act.permission && needsFreshProof(act.permission));
  expect(proved.length).toBeGreaterThan(30);
  const elsewhere = new Set(
    acts.filter((act) => !proved.includes(act)).flatMap(({ uses }) => uses),
  );
  expect(
    proved.flatMap(({ uses }) => uses).filter((name) => called.has(name) && !elsewhere.has(name)),
  ).toEqual([]);
});

test("every route is shown on a page", () => {
  const pages = [...globSync("{app,components}/**/*.tsx"), "lib/api/table.ts"]
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  expect(routeList.map(({ name }) => name).filter((name) => !pages.includes(`"${name}"`))).toEqual(
    [],
  );
});
