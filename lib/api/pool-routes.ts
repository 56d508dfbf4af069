import { z } from "zod";
import { named } from "#lib/api/named";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { changePool } from "#lib/commands/change-pool";
import { createPool } from "#lib/commands/create-pool";
import { liftReservation } from "#lib/commands/lift-reservation";
import { reservePoolItems } from "#lib/commands/reserve-pool-items";
import { retirePool } from "#lib/commands/retire-pool";
import { poolItemStates, poolKinds } from "#lib/domain/pool/pool";
import { ok, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { changePoolInput, createPoolInput, reservePoolItemsInput } from "#lib/schemas/pool";
import { poolDetail, poolsView } from "#lib/views/pools";

const site = z.object({ id: idOf("site"), name: z.string() });

const pool = z.object({
  id: idOf("pool"),
  name: z.string(),
  site,
  kind: z.enum(poolKinds),
  /** Of private prefixes only: how long each of them is. */
  itemLength: z.number().nullable(),
  ranges: z.string(),
  /** As text: an IPv6 pool holds more than a number can say. */
  total: z.string(),
  free: z.string(),
  held: z.number(),
  cooling: z.number(),
  reserved: z.number(),
  usedPercent: z.number(),
  warnPercent: z.number(),
  cooldownMinutes: z.number(),
  level: z.enum(["fine", "filling", "full"]),
  forecast: z.string(),
});

const poolWithItems = pool.extend({
  /** Those that are not free, five hundred at most. */
  items: z.array(
    z.object({
      id: idOf("poolItem"),
      text: z.string(),
      state: z.enum(poolItemStates),
      since: z.string(),
      coolsUntil: z.string().nullable(),
      reason: z.string().nullable(),
      holder: z
        .object({
          environmentId: idOf("environment"),
          environment: z.string(),
          project: z.string(),
          tenant: z.string(),
        })
        .nullable(),
    }),
  ),
  /** Whether there are more of them. */
  more: z.boolean(),
});

const done = z.object({ poolId: idOf("pool") });

export const poolRoutes = {
  listPools: fleetRoute({
    method: "GET",
    path: "/pools",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every pool by site and name, and the sites there are",
    response: listOf(pool).extend({ sites: z.array(site) }),
    run: async ({ db, by }) => {
      const { pools, sites } = await poolsView(db, by);
      return ok({ items: pools, sites });
    },
  }),

  createPool: fleetRoute({
    method: "POST",
    path: "/pools",
    permission: "pool.edit",
    tag: "Fleet",
    summary: "Add a pool to a site",
    description: "Refused where another pool of the site holds some of its ranges already.",
    body: createPoolInput.extend({ itemLength: createPoolInput.shape.itemLength.default(null) }),
    response: done,
    run: ({ db, by, body }) => createPool(db, by, body),
  }),

  getPool: fleetRoute({
    method: "GET",
    path: "/pools/{pool}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One pool, with what is not free and who has it",
    response: poolWithItems,
    run: async ({ db, by, params }) => {
      const found = await poolDetail(db, by, params.pool ?? "");
      return found ? ok(found) : refuse({ kind: "not_found", resource: "pool" });
    },
  }),

  changePool: fleetRoute({
    method: "POST",
    path: "/pools/{pool}/change",
    permission: "pool.edit",
    tag: "Fleet",
    summary: "Say what a pool holds, when it warns and how long an item rests",
    description: "What is free can be taken out. What somebody has cannot: the refusal names them.",
    body: changePoolInput.omit({ poolId: true }),
    response: done,
    run: async ({ db, by, params, body }) => {
      const id = named("pool", params.pool, "pool");
      if (!id.ok) return id;
      const result = await changePool(db, by, { ...body, poolId: id.value });
      return result.ok ? ok({ poolId: id.value }) : result;
    },
  }),

  reservePoolItems: fleetRoute({
    method: "POST",
    path: "/pools/{pool}/reserve",
    permission: "pool.edit",
    tag: "Fleet",
    summary: "Keep items of a pool out",
    description: "At most 256 at once. No environment is given what is reserved.",
    body: reservePoolItemsInput.omit({ poolId: true }),
    response: z.object({ reserved: z.number() }),
    run: async ({ db, by, params, body }) => {
      const id = named("pool", params.pool, "pool");
      return id.ok ? reservePoolItems(db, by, { ...body, poolId: id.value }) : id;
    },
  }),

  liftReservation: fleetRoute({
    method: "POST",
    path: "/pool-items/{item}/lift",
    permission: "pool.edit",
    tag: "Fleet",
    summary: "Make a reserved item free",
    response: z.object({ itemId: idOf("poolItem") }),
    run: async ({ db, by, params }) => {
      const id = named("poolItem", params.item, "reservation");
      if (!id.ok) return id;
      const result = await liftReservation(db, by, { itemId: id.value });
      return result.ok ? ok({ itemId: id.value }) : result;
    },
  }),

  retirePool: fleetRoute({
    method: "POST",
    path: "/pools/{pool}/retire",
    permission: "pool.edit",
    tag: "Fleet",
    summary: "Take a pool out of use for good",
    description: "Refused while anything of it is not free.",
    response: done,
    run: async ({ db, by, params }) => {
      const id = named("pool", params.pool, "pool");
      if (!id.ok) return id;
      const result = await retirePool(db, by, { poolId: id.value });
      return result.ok ? ok({ poolId: id.value }) : result;
    },
  }),
};
