import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { afterEach, expect, test } from "vitest";
import { promtool } from "#e2e/promtool";
import { createLog } from "#lib/config/log";
import { nextRoutes } from "#lib/launch/next-routes";
import { listenForMetrics } from "#lib/metrics/listen";
import { observeProcess } from "#lib/metrics/process";
import { observeRequests } from "#lib/metrics/requests";

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

async function givenDoor(token: string | null, page: () => Promise<string>) {
  const text = async () => ({ type: "text/plain", text: await page() });
  const log = createLog("test", "silent");
  const door = { host: "127.0.0.1", port: 0, token };
  const pages = { "/metrics": text, "/sd/dcgm": text };
  const { port, close } = await listenForMetrics(door, pages, log);
  ending.push(close);
  return (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
}

test("the door asks for the token, and answers one page by GET", async () => {
  const token = "0123456789abcdef0123456789abcdef";
  const ask = await givenDoor(token, async () => "one 1\n");
  const bearer = { headers: { authorization: `Bearer ${token}` } };
  expect(await (await ask("/metrics", bearer)).text()).toBe("one 1\n");
  expect((await ask("/metrics?a=b", bearer)).status).toBe(200);
  for (const authorization of ["", token, `Bearer ${token}x`, `Bearer ${token.slice(1)}`]) {
    const refused = await ask("/metrics", { headers: { authorization } });
    expect(refused.status, authorization).toBe(401);
    expect(await refused.text()).not.toContain("one");
  }
  expect((await ask("/", bearer)).status).toBe(404);
  expect((await ask("/metrics", { ...bearer, method: "POST", body: "x" })).status).toBe(405);
});

test("where nodes are is told with a token alone, also where figures are told without", async () => {
  const open = await givenDoor(null, async () => "one 1\n");
  const refused = await open("/sd/dcgm?a=b");
  expect([refused.status, await refused.text()]).toEqual([
    403,
    "It says where nodes are, and to nobody without a token: set INGOT_METRICS_TOKEN.\n",
  ]);
  expect((await open("/sd/other")).status).toBe(404);
  expect(await (await open("/metrics")).text()).toBe("one 1\n");

  const token = "0123456789abcdef0123456789abcdef";
  const ask = await givenDoor(token, async () => "one 1\n");
  const headers = { authorization: `Bearer ${token}` };
  expect(await (await ask("/sd/dcgm", { headers })).text()).toBe("one 1\n");
  expect((await ask("/sd/dcgm")).status).toBe(401);
});

test("a page that cannot be made is 503, and says nothing of why", async () => {
  const ask = await givenDoor(null, async () => {
    throw new Error("postgres://user:secret@db");
  });
  const answer = await ask("/metrics");
  expect([answer.status, await answer.text()]).toEqual([
    503,
    "It could not be read; the log says why.\n",
  ]);
});

const manifest = {
  staticRoutes: [
    { page: "/", regex: "^/(?:/)?$" },
    { page: "/fleet/nodes", regex: "^/fleet/nodes(?:/)?$" },
  ],
  dynamicRoutes: [
    { page: "/fleet/nodes/[nodeId]", regex: "^/fleet/nodes/([^/]+?)(?:/)?$" },
    { page: "/[tenant]", regex: "^/([^/]+?)(?:/)?$" },
  ],
};

test.for([
  ["/", "/"],
  ["/fleet/nodes?q=secret", "/fleet/nodes"],
  ["/fleet/nodes/nod_1", "/fleet/nodes/[nodeId]"],
  ["/acme", "/[tenant]"],
  ["/_next/static/chunks/1.js", "/_next"],
  ["/wp-admin/setup.php", "other"],
  ["", "other"],
] as const)("the path %s is counted as %s", ([target, route]) => {
  expect(nextRoutes(manifest)("GET", target)).toBe(route);
});

test("requests are counted by pattern, also one whose reader goes away; promtool accepts them", async () => {
  const registry = new Registry();
  registry.setDefaultLabels({ program: "web" });
  observeProcess(registry, () => ({ totalCount: 3, idleCount: 1, waitingCount: 2 }));
  const server: Server = createServer((request, answer) => {
    if (request.url === "/acme") return void answer.writeHead(404).end();
    // As a stream of events: it has begun and never ends by itself.
    answer.writeHead(200);
    answer.write("data\n");
  });
  ending.push(observeRequests(registry, nextRoutes(manifest), (one) => one === server));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ending.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await fetch(`${origin}/acme`);
  await fetch(`${origin}/acme`, { method: "PROPFIND" });
  const leaving = new AbortController();
  await fetch(`${origin}/fleet/nodes/nod_1`, { signal: leaving.signal });
  leaving.abort();
  await expect
    .poll(() => registry.metrics(), { timeout: 10_000 })
    .toContain('route="/fleet/nodes/[nodeId]",method="GET",status="200",program="web"} 1');
  const text = await registry.metrics();
  expect(text).toContain('route="/[tenant]",method="GET",status="404",program="web"} 1');
  expect(text).toContain('route="/[tenant]",method="other",status="404",program="web"} 1');
  expect(text).toContain('ingot_database_connections{state="used",program="web"} 2');
  expect(text).not.toMatch(/acme|nod_1/);
  expect(promtool({ metrics: text })).toBe("");
});
