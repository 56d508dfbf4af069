"use server";

import { changePool } from "#lib/commands/change-pool";
import { createPool } from "#lib/commands/create-pool";
import { liftReservation } from "#lib/commands/lift-reservation";
import { reservePoolItems } from "#lib/commands/reserve-pool-items";
import { retirePool } from "#lib/commands/retire-pool";
import {
  changePoolInput,
  createPoolInput,
  liftReservationInput,
  reservePoolItemsInput,
  retirePoolInput,
} from "#lib/schemas/pool";
import { fleetAction } from "#lib/server/action";

export const createPoolAction = fleetAction({
  permission: "pool.edit",
  input: createPoolInput,
  run: createPool,
});

export const changePoolAction = fleetAction({
  permission: "pool.edit",
  input: changePoolInput,
  run: changePool,
});

export const reservePoolItemsAction = fleetAction({
  permission: "pool.edit",
  input: reservePoolItemsInput,
  run: reservePoolItems,
});

export const liftReservationAction = fleetAction({
  permission: "pool.edit",
  input: liftReservationInput,
  run: liftReservation,
});

export const retirePoolAction = fleetAction({
  permission: "pool.edit",
  input: retirePoolInput,
  run: retirePool,
});
