"use server";

import { createProfile } from "#lib/commands/create-profile";
import { draftProfile } from "#lib/commands/draft-profile";
import { moveProfile } from "#lib/commands/move-profile";
import { discardProfileDraft, publishProfile } from "#lib/commands/publish-profile";
import { setCurrency } from "#lib/commands/set-currency";
import { shareProfile } from "#lib/commands/share-profile";
import {
  createProfileInput,
  draftProfileInput,
  moveProfileInput,
  seenDraftInput,
  setCurrencyInput,
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

export const draftProfileAction = fleetAction({
  permission: "catalogue.edit",
  input: draftProfileInput,
  run: draftProfile,
});

export const publishProfileAction = fleetAction({
  permission: "catalogue.edit",
  input: seenDraftInput,
  run: publishProfile,
});

export const discardProfileDraftAction = fleetAction({
  permission: "catalogue.edit",
  input: seenDraftInput,
  run: discardProfileDraft,
});

export const setCurrencyAction = fleetAction({
  permission: "catalogue.edit",
  input: setCurrencyInput,
  run: setCurrency,
});
