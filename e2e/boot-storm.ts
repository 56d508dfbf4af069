import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import path from "node:path";
import type { Database } from "#db/client";
import { bootWindows } from "#db/schema/boot-windows";
import { operations } from "#db/schema/operations";
import { givenFleet } from "#e2e/fixtures/launchable";
import { bootToken, bootTokenHashes } from "#lib/boot/tokens";
import { type Id, newId } from "#lib/domain/id";

// Many nodes that boot at the same moment, each with all that goes wrong beside it: tokens that are
// used again or stolen, tokens of the neighbour, MAC addresses that nobody awaits, windows that are over.

/** A node that is awaited, and what it may be given. */
export type StormNode = {
  windowId: Id<"bootWindow">;
  mac: string;
  hostname: string;
  instanceId: string;
  /** Its window is over by the database's clock. */
  isLate: boolean;
};

export type Storm = {
  secret: string;
  nodes: StormNode[];
  kernel: Buffer;
};

/**
 * Opens a window for each of `count` nodes, `late` of which are over already, on a fleet made for it.
 * The operations are of a version that no worker knows, so that nothing but the boot server works.
 */
export async function givenStorm(input: {
  app: Database;
  worker: Database;
  secret: string;
  origin: string;
  imageDirectory: string;
  count: number;
  late: number;
  kernelBytes: number;
}): Promise<Storm> {
  const { worker, secret } = input;
  const kernel = randomBytes(input.kernelBytes);
  await writeFile(path.join(input.imageDirectory, "storm-vmlinuz"), kernel);
  const sha256 = createHash("sha256").update(kernel).digest("hex");
  const fleet = await givenFleet(input.app, { racks: [input.count] });
  const nodes = fleet.racks.flat().map((nodeId, n) => ({
    nodeId,
    windowId: newId("bootWindow"),
    operationId: newId("operation"),
    mac: `52:54:99:00:${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`,
    hostname: `storm-${n}`,
    instanceId: `i-storm-${n}`,
    isLate: n < input.late,
  }));
  await worker.insert(operations).values(
    nodes.map(({ nodeId, operationId }) => ({
      ...{ id: operationId, kind: "node.deploy" as const, nodeId, version: 9_999 },
      ...{ state: "waiting" as const, runAfter: new Date(Date.now() + 3_600_000) },
    })),
  );
  await worker.insert(bootWindows).values(
    nodes.map(({ windowId, operationId, nodeId, mac, hostname, instanceId, isLate }) => ({
      ...{ id: windowId, nodeId, operationId, mac, purpose: "deploy" as const },
      ...{ bootOrigin: input.origin, ...bootTokenHashes(secret, windowId) },
      ...{ kernelFile: "storm-vmlinuz", kernelSha256: sha256 },
      ...{ initrdFile: "storm-vmlinuz", initrdSha256: sha256, kernelArgs: "quiet" },
      seed: {
        ...{ instanceId, hostname, defaultUser: "ubuntu", authorizedKeys: [] },
        extra: { packages: [], commands: [] },
      },
      expiresAt: new Date(Date.now() + (isLate ? -1_000 : 600_000)),
    })),
  );
  return { secret, nodes, kernel };
}

/** Of so many nodes one has its tokens used from another address, before it has used them itself. */
export const stolenEvery = 10;
const thief = "127.0.0.2";

export type StormOutcome = {
  answers: number;
  seconds: number;
  /** Of each request, from asking, the wait for one of 128 connections included, to the last byte. */
  latenciesMs: number[];
  /** What was answered otherwise than it must be; empty when all is well. */
  wrong: string[];
};

/** Lets every node boot at once, and every trick be tried beside it. */
export async function bootAll(storm: Storm, origin: string): Promise<StormOutcome> {
  const { hostname: host, port } = new URL(origin);
  // Firmware opens a connection for each request.
  const agent = new Agent({ keepAlive: false, maxSockets: 128 });
  const latenciesMs: number[] = [];
  const wrong: string[] = [];

  const ask = (target: string, body?: string, from = "127.0.0.1") =>
    new Promise<{ status: number; body: Buffer; text: string }>((resolve) => {
      const beganMs = performance.now();
      const method = body === undefined ? "GET" : "POST";
      const headers =
        body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
      const asked = { host, port, path: target, method, headers, agent, localAddress: from };
      const sent = request(asked, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", (error) => sent.destroy(error));
        response.on("end", () => {
          latenciesMs.push(performance.now() - beganMs);
          const whole = Buffer.concat(chunks);
          resolve({ status: response.statusCode ?? 0, body: whole, text: whole.toString() });
        });
      });
      sent.on("error", (error) => {
        wrong.push(`no answer to ${target.replace(/[0-9a-f]{32}/, "…")}: ${error.message}`);
        resolve({ status: 0, body: Buffer.alloc(0), text: "" });
      });
      sent.end(body);
    });

  const tokenOf = (node: StormNode, purpose: Parameters<typeof bootToken>[2]) =>
    bootToken(storm.secret, node.windowId, purpose);
  const homeOf = (instanceId: string) => `instance_id=${encodeURIComponent(instanceId)}&hostname=x`;

  async function boot(node: StormNode, neighbour: StormNode, n: number): Promise<void> {
    const must = (what: string, holds: boolean) => {
      if (!holds) wrong.push(`${node.hostname}: ${what}`);
    };
    const statuses = async (
      what: string,
      expected: string,
      ...asked: Promise<{ status: number }>[]
    ) => {
      const got = (await Promise.all(asked)).map((answer) => answer.status).sort();
      must(`${what}: ${got.join()}, not ${expected}`, got.join() === expected);
    };
    const script = `/b/${tokenOf(node, "boot")}/boot.ipxe`;
    const byMac = `/pxe/${node.mac.replaceAll(":", "-")}/boot.ipxe`;
    const seed = `/n/${tokenOf(node, "seed")}`;
    const phone = `/p/${tokenOf(node, "phone")}`;
    if (node.isLate) {
      await statuses("late script", "404,404", ask(script), ask(byMac));
      await statuses("late user-data", "404", ask(`${seed}/user-data`));
      await statuses("late phone home", "404", ask(phone, homeOf(node.instanceId)));
      return;
    }
    await statuses(
      "a MAC that nobody awaits",
      "404",
      ask(`/pxe/52-54-98-00-00-${(n & 255).toString(16).padStart(2, "0")}/boot.ipxe`),
    );
    const given = await ask(n % 2 === 0 ? script : byMac);
    must("its boot script", given.status === 200 && given.text.includes(tokenOf(node, "seed")));
    must("nothing of its neighbour", !given.text.includes(tokenOf(neighbour, "seed")));
    const kernel = await ask(`/b/${tokenOf(node, "boot")}/kernel`);
    must("its kernel", kernel.body.equals(storm.kernel));
    const meta = await ask(`${seed}/meta-data`);
    must("its meta-data", meta.text.includes(node.instanceId));
    await statuses(
      "a token for another purpose",
      "404",
      ask(`/n/${tokenOf(node, "boot")}/user-data`),
    );
    if (n % stolenEvery === 0) {
      await statuses(
        "stolen by a neighbour",
        "404,404,404",
        ask(`/b/${tokenOf(node, "boot")}/kernel`, undefined, thief),
        ask(`${seed}/user-data`, undefined, thief),
        ask(phone, homeOf(node.instanceId), thief),
      );
    }
    const [first, again] = await Promise.all([ask(`${seed}/user-data`), ask(`${seed}/user-data`)]);
    const codes = [first.status, again.status].sort().join();
    must(`user-data once: ${codes}`, codes === "200,410");
    const data = first.status === 200 ? first : again;
    must("user-data of its own", data.text.includes(tokenOf(node, "phone")));
    await statuses(
      "home with its neighbour's name",
      "400",
      ask(phone, homeOf(neighbour.instanceId)),
    );
    await statuses(
      "home once",
      "200,410",
      ask(phone, homeOf(node.instanceId)),
      ask(phone, homeOf(node.instanceId)),
    );
    // Everything it was given is void now.
    await statuses("replayed", "404,404,404", ask(script), ask(byMac), ask(`${seed}/user-data`));
  }

  const beganMs = performance.now();
  await Promise.all(
    storm.nodes.map((node, n) => {
      const neighbour = storm.nodes[(n + 1) % storm.nodes.length] ?? node;
      return boot(node, neighbour, n);
    }),
  );
  const seconds = (performance.now() - beganMs) / 1_000;
  agent.destroy();
  return { answers: latenciesMs.length, seconds, latenciesMs, wrong };
}
