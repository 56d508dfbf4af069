import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// Every way in asks who is there. These tests read the source, since a page, an action or a route
// that forgets to ask works just as well.

const read = (path: string) => readFileSync(path, "utf8");
const actionFiles = globSync("app/**/actions.ts");
const routeFiles = globSync("app/**/route.ts");
const pageFiles = globSync("app/**/{page,layout}.tsx");

const frames = "fleetAction|tenantAction|projectAction|accountAction|sessionAction|openAction";

/** What anyone may call before they have signed in. */
const openActions = [
  "beginPasskeyFactorAction",
  "beginPasskeySignInAction",
  "createFirstOperatorAction",
  "finishSignInAction",
  "finishSignInByPasskeyAction",
  "joinAsOperatorAction",
  "joinByInvitationAction",
  "signInByPasskeyAction",
];
/** Pages for those who have not signed in, or not to the end, and the document around all pages. */
const openPages = [
  "app/layout.tsx",
  "app/(account)/layout.tsx",
  "app/(account)/sign-in/page.tsx",
  "app/(account)/second-factor/page.tsx",
  "app/(account)/set-up-factor/page.tsx",
  "app/(account)/proved/page.tsx",
  "app/(account)/setup/page.tsx",
  "app/(account)/invitation/page.tsx",
  "app/(account)/new-password/page.tsx",
];
/** Routes that are no one's: signing in itself, and whether the portal is up and has what it needs. */
const openRoutes = [
  "app/api/auth/[...nextauth]/route.ts",
  "app/api/health/route.ts",
  "app/api/ready/route.ts",
  "app/api/v1/client/route.ts",
  "app/api/v1/openapi.json/route.ts",
];
/** The door of the API asks for itself: a token, a permission and a scope, for each route of its table. */
const apiDoor = "app/api/v1/[...path]/route.ts";
/** Asked by POST, since what was entered is to stand in no address: it changes nothing either. */
const askedByPost = ["app/api/user-data/route.ts"];

test("there is something to look at", () => {
  expect(actionFiles.length).toBeGreaterThan(5);
  expect(routeFiles.length).toBeGreaterThan(3);
  expect(pageFiles.length).toBeGreaterThan(15);
});

test.for(actionFiles)("%s exports nothing but framed actions", (path) => {
  const source = read(path);
  expect(source.startsWith('"use server";')).toBe(true);
  const exported = [...source.matchAll(/^export\s+(?!type\b)(.*)$/gm)].map((match) => match[1]);
  expect(exported.length).toBeGreaterThan(0);
  for (const line of exported) {
    expect(line).toMatch(new RegExp(`^const \\w+Action = (${frames})\\(`));
  }
});

test("no action is made outside of the files that the test above reads", () => {
  const others = globSync("{app,components,lib}/**/*.{ts,tsx}").filter(
    (path) => !actionFiles.includes(path) && !path.endsWith(".test.ts"),
  );
  const withDirective = others.filter((path) => /^\s*["']use server["']/m.test(read(path)));
  expect(withDirective).toEqual([]);
});

test("only the first run, an invitation and a sign-in can be acted on by nobody", () => {
  const open = actionFiles.flatMap((path) =>
    [...read(path).matchAll(/^export const (\w+) = openAction\(/gm)].map((match) => match[1]),
  );
  expect(open.sort()).toEqual(openActions);
});

test.for(actionFiles)("%s declares a permission for every act on a place", (path) => {
  const source = read(path);
  const placed = [...source.matchAll(/= (?:fleet|tenant|project)Action\(\{\s*(\w+):/g)];
  for (const match of placed) expect(match[1]).toBe("permission");
});

test("the door of the API answers by its table, and by nothing else", () => {
  const source = read(apiDoor);
  expect(source).toMatch(/return answerApi\(request, \{/);
  expect(source).not.toMatch(/#lib\/(views|commands)\//);
});

const asking = routeFiles.filter((path) => ![...openRoutes, apiDoor].includes(path));
test.for(asking)("%s asks for a grant", (path) => {
  const source = read(path);
  expect(source).toMatch(/await ((fleet|tenant|project)ApiGrant|ownApiActor)\(/);
});

// Reading is all that is done here: acts are actions.
test.for(asking.filter((path) => !askedByPost.includes(path)))(
  "%s answers a GET, and runs no command",
  (path) => {
    expect(methodsOf(path)).toEqual(["GET"]);
    expect(read(path)).not.toMatch(bringsMore);
  },
);

test.for(askedByPost)("%s answers a POST of our own pages, and runs no command", (path) => {
  expect(methodsOf(path)).toEqual(["POST"]);
  expect(read(path)).toMatch(/if \(!comesFromOwnPage\(request\.headers, /);
  expect(read(path)).not.toMatch(bringsMore);
});

const bringsMore = /^export (\{|\*)|#lib\/commands\//m;

function methodsOf(path: string): (string | undefined)[] {
  const exported = /^export (?:(?:async )?function|const) ([A-Z]+)\b/gm;
  return [...read(path).matchAll(exported)].map((match) => match[1]);
}

test.for(pageFiles.filter((path) => !openPages.includes(path)))("%s asks for a grant", (path) => {
  expect(read(path)).toMatch(/await (require(Fleet|Tenant|Project)Grant|requireActor)\(/);
});

test("only one file knows next-auth", () => {
  const importers = globSync("{app,components,lib,db,e2e}/**/*.{ts,tsx}").filter((path) =>
    /^import .*"next-auth/m.test(read(path)),
  );
  expect(importers).toEqual(["lib/server/auth.ts"]);
});
