"use server";

import { addTemplateVersion } from "#lib/commands/add-template-version";
import { createTemplate } from "#lib/commands/create-template";
import { moveTemplateVersion } from "#lib/commands/move-template-version";
import { rehearseTemplate } from "#lib/commands/rehearse-template";
import { shareTemplate } from "#lib/commands/share-template";
import { startDryRun } from "#lib/commands/start-dry-run";
import { takeBackNode } from "#lib/commands/take-back-node";
import { rehearseTemplateInput, startDryRunInput, takeBackNodeInput } from "#lib/schemas/dry-run";
import {
  addTemplateVersionInput,
  createTemplateInput,
  moveTemplateVersionInput,
  shareTemplateInput,
} from "#lib/schemas/template";
import { fleetAction } from "#lib/server/action";

export const createTemplateAction = fleetAction({
  permission: "catalogue.edit",
  input: createTemplateInput,
  run: createTemplate,
});

export const addTemplateVersionAction = fleetAction({
  permission: "catalogue.edit",
  input: addTemplateVersionInput,
  run: addTemplateVersion,
});

export const moveTemplateVersionAction = fleetAction({
  permission: "catalogue.edit",
  input: moveTemplateVersionInput,
  run: moveTemplateVersion,
});

export const shareTemplateAction = fleetAction({
  permission: "catalogue.edit",
  input: shareTemplateInput,
  run: shareTemplate,
});

export const startDryRunAction = fleetAction({
  permission: "catalogue.edit",
  input: startDryRunInput,
  run: startDryRun,
});

export const rehearseTemplateAction = fleetAction({
  permission: "node.operate",
  input: rehearseTemplateInput,
  run: rehearseTemplate,
});

export const takeBackNodeAction = fleetAction({
  permission: "node.operate",
  input: takeBackNodeInput,
  run: takeBackNode,
});
