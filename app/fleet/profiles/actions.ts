"use server";

import { createProfile } from "#lib/commands/create-profile";
import { limitLease } from "#lib/commands/limit-lease";
import { moveProfile } from "#lib/commands/move-profile";
import { shareProfile } from "#lib/commands/share-profile";
import {
  createProfileInput,
  limitLeaseInput,
  moveProfileInput,
  shareProfileInput,
} from "#lib/schemas/profile";
import { fleetAction } from "#lib/server/action";

export const createProfileAction = fleetAction({
  permission: "catalogue.edit",
  input: createProfileInput,
  run: createProfile,
});

export const moveProfileAction = fleetAction({
  permission: "catalogue.edit",
  input: moveProfileInput,
  run: moveProfile,
});

export const shareProfileAction = fleetAction({
  permission: "catalogue.edit",
  input: shareProfileInput,
  run: shareProfile,
});

export const limitLeaseAction = fleetAction({
  permission: "catalogue.edit",
  input: limitLeaseInput,
  run: limitLease,
});
