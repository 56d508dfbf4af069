import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { fillFleet } from "#e2e/bench/fill-fleet";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { signedIn } from "#e2e/bench/sign-in";
import type { BenchWorld } from "#e2e/bench/world";
import { ownToken } from "#e2e/fixtures/api";
import { type Ironic, startIronic } from "#e2e/judges/ironic";
import { people } from "#e2e/seed";
import { actorOf } from "#e2e/world/acting";

const many = 10_000;
/** As many as a page of ours shows. */
const pageSize = 50;
/** Fewer than a token may ask in a minute. */
const rounds = 100;

/**
 * The lists of ten thousand nodes that an operator looks at, ours and OpenStack Ironic's, asked in turn:
 * one request at a time, both on this machine. What is compared is what each gives first; ours is HTML
 * with the state of every node, or JSON.
 */
export async function benchIronic(world: BenchWorld, command: string): Promise<BenchRow[]> {
  await fillFleet(world, many);
  const cookie = await signedIn(world.ingot.origin, people.operator.email, world.password);
  const token = await ownToken(world.app.db, await actorOf(world.app.db, people.operator.email));
  const ours = (at: string, headers: Record<string, string>) => async () => {
    const answer = await fetch(`${world.ingot.origin}${at}`, { headers, redirect: "manual" });
    if (answer.status !== 200) throw new Error(`${at} answered ${answer.status}`);
    await answer.arrayBuffer();
  };
  const ironic = await startIronic();
  try {
    await fillIronic(ironic);
    const theirs = (at: string) => () => ironic.ask("GET", at);
    const asks: [name: string, ask: () => Promise<unknown>][] = [
      ["our nodes page", ours("/fleet/nodes", { cookie })],
      ["our onboarding board", ours("/fleet/onboarding", { cookie })],
      [
        `our API, ${pageSize} nodes`,
        ours("/api/v1/fleet/nodes", { authorization: `Bearer ${token}` }),
      ],
      [`Ironic, ${pageSize} nodes`, theirs(`/nodes?limit=${pageSize}`)],
      [`Ironic, ${pageSize} nodes in detail`, theirs(`/nodes/detail?limit=${pageSize}`)],
      ["Ironic, 1,000 nodes", theirs("/nodes?limit=1000")],
    ];
    const took = asks.map((): number[] => []);
    for (let round = -10; round < rounds; round++) {
      for (const [at, [, ask]] of asks.entries()) {
        const began = performance.now();
        await ask();
        if (round >= 0) took[at]?.push(performance.now() - began);
      }
    }
    return asks.flatMap(([name], at) =>
      ([0.5, 0.95] as const).map((share) => ({
        name: `of ${many.toLocaleString("en")} nodes: ${name}, p${share * 100}`,
        value: Number(quantile(took[at] ?? [], share).toFixed(1)),
        unit: "ms",
        command,
      })),
    );
  } finally {
    await ironic.close();
  }
}

/** One node by its API, the others as copies in its database: it takes eight minutes to be told of so many. */
async function fillIronic(ironic: Ironic): Promise<void> {
  await ironic.ask("POST", "/nodes", {
    ...{ name: "bench-0", driver: "redfish", resource_class: "dgx" },
    driver_info: {
      redfish_address: "https://127.0.0.1:9",
      redfish_system_id: "/redfish/v1/Systems/1",
      redfish_username: "admin",
      redfish_password: "-",
    },
  });
  const database = new DatabaseSync(ironic.databaseFile);
  try {
    const model = database.prepare("select * from nodes").get() ?? {};
    const columns = Object.keys(model).filter((column) => column !== "id");
    const insert = database.prepare(
      `insert into nodes (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`,
    );
    database.exec("begin");
    for (let n = 1; n < many; n++) {
      const own = { ...model, uuid: randomUUID(), name: `bench-${n}` };
      insert.run(...columns.map((column) => own[column as keyof typeof own] ?? null));
    }
    database.exec("commit");
  } finally {
    database.close();
  }
}
