import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { fleetPolicy, needsFreshProof, projectPolicy, tenantPolicy } from "#lib/access/policy";
import { openApi } from "#lib/api/openapi";
import { routeList } from "#lib/api/table";
import { tokenScopes } from "#lib/domain/access/token-scope";

const document = openApi("https://ingot.example");
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

test("the document is OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

test("every route is in it once, behind a token, with what it takes and gives", () => {
  expect(operations.map((each) => each.operationId).sort()).toEqual(
    routeList.map(({ name }) => name).sort(),
  );
  for (const each of operations) {
    expect(each.security, each.operationId).toEqual([{ token: [] }]);
    expect(Object.keys(each.responses), each.operationId).toContain("default");
    const text = JSON.stringify(each);
    // A schema that says nothing would let anything be sent, and promise nothing.
    expect(text, each.operationId).not.toContain('"schema":{}');
  }
});

/** What nobody may see who may not act on it: the pages of the portal ask for the same. */
const seenByWhoActs = ["approval.answer", "tenant.webhooks"];

test("every permission is one of the place where it is asked, and can be given to a token", () => {
  const policies = { project: projectPolicy, tenant: tenantPolicy, fleet: fleetPolicy };
  for (const { name, route } of routeList) {
    if (route.place === "own") expect(route.permission, name).toBeNull();
    else expect(Object.keys(policies[route.place]), name).toContain(route.permission);
    if (route.method === "GET" && route.permission && !seenByWhoActs.includes(route.permission)) {
      expect(route.permission, name).toMatch(/\.(read|audit|use)$/);
    }
  }
  // A scope that no route asks for would be a promise without a door.
  const asked = new Set(routeList.map(({ route }) => route.permission));
  expect(tokenScopes.filter((scope) => !asked.has(scope))).toEqual([]);
});

test("no token can be given roles, people, tokens or secrets", () => {
  const never =
    /member\.(?!read$)|operator|automation|keys|identity|provider|tenant\.edit|credential/;
  expect(tokenScopes.filter((scope) => never.test(scope) || needsFreshProof(scope))).toEqual([]);
});
