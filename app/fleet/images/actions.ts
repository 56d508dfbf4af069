"use server";

import { registerImage } from "#lib/commands/register-image";
import { reviewImage } from "#lib/commands/review-image";
import { shareImage } from "#lib/commands/share-image";
import { registerImageInput, reviewImageInput, shareImageInput } from "#lib/schemas/image";
import { fleetAction } from "#lib/server/action";

export const registerImageAction = fleetAction({
  permission: "catalogue.edit",
  input: registerImageInput,
  run: registerImage,
});

export const reviewImageAction = fleetAction({
  permission: "catalogue.edit",
  input: reviewImageInput,
  run: reviewImage,
});

export const shareImageAction = fleetAction({
  permission: "catalogue.edit",
  input: shareImageInput,
  run: shareImage,
});
