"use server";

import { addProjectKey } from "#lib/commands/add-project-key";
import { removeProjectKey } from "#lib/commands/remove-project-key";
import { addProjectKeyInput, removeProjectKeyInput } from "#lib/schemas/project-key";
import { projectAction } from "#lib/server/action";

export const addProjectKeyAction = projectAction({
  permission: "project.keys",
  input: addProjectKeyInput,
  run: addProjectKey,
});

export const removeProjectKeyAction = projectAction({
  permission: "project.keys",
  input: removeProjectKeyInput,
  run: removeProjectKey,
});
