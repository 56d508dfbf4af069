import { z } from "zod";
import { listOf } from "#lib/api/page";
import { underPublicKey } from "#lib/api/pasted-key";
import { projectRoute } from "#lib/api/route";
import { containerRuntimes, gpuSharings } from "#lib/domain/profile/facts";
import { profileStates } from "#lib/domain/profile/profile";
import { quotaDimensions } from "#lib/domain/quota/quota";
import { ok, refuse } from "#lib/domain/result";
import { inputsSchema } from "#lib/domain/template/inputs-schema";
import { nodeGroupRoles } from "#lib/domain/template/template";
import { launchPreflightInput, launchUserDataInput } from "#lib/schemas/environment";
import {
  launchPreflight as preflightAnswer,
  launchUserData as userDataAnswer,
} from "#lib/schemas/environment-view";
import { idOf } from "#lib/schemas/id";
import { projectKeyView } from "#lib/schemas/project-key";
import { templateInput } from "#lib/schemas/template";
import { catalogue, launchableImages } from "#lib/views/catalogue";
import { launchPreflight } from "#lib/views/launch-preflight";
import { launchUserData } from "#lib/views/launch-user-data";
import { projectQuota, projectUse } from "#lib/views/project-facts";
import { projectKeyList } from "#lib/views/project-keys";

const timeToReady = z
  .object({ p50Ms: z.number(), p90Ms: z.number(), nodes: z.number() })
  .nullable();

const profile = z.object({
  id: idOf("profile"),
  name: z.string(),
  displayName: z.string(),
  /** A deprecated one can be launched by versions of templates that name it already. */
  state: z.enum(profileStates),
  description: z.string(),
  gpusPerNode: z.number(),
  gpuModel: z.string().nullable(),
  /** Of a node, an hour, in hundredths of the currency; null where no price is told. */
  priceCents: z.number().nullable(),
  /** In hours; null for no limit. */
  longestLeaseHours: z.number().nullable(),
  /** Those that its nodes may run of the project's, by name; null for all of them. */
  allowedImages: z.array(z.string()).nullable(),
  /** What its nodes run unless another is chosen; null where that one is not approved any more. */
  defaultImage: z.string().nullable(),
  /** What its nodes are meant for: told to the template's hooks, and not set up by Ingot itself. */
  gpuSharing: z.enum(gpuSharings),
  containerRuntime: z.enum(containerRuntimes),
  storageClasses: z.array(z.string()),
  freeNow: z.number(),
  timeToReady,
});

const template = z.object({
  id: idOf("template"),
  versionId: idOf("templateVersion"),
  version: z.number(),
  name: z.string(),
  description: z.string(),
  readme: z.string(),
  /** In hours, by the template itself, whatever its profiles allow; null for no limit. */
  longestLeaseHours: z.number().nullable(),
  groups: z.array(
    z.object({
      name: z.string(),
      role: z.enum(nodeGroupRoles),
      minCount: z.number(),
      maxCount: z.number(),
      defaultCount: z.number(),
      profile: profile
        .pick({
          id: true,
          name: true,
          displayName: true,
          state: true,
          gpusPerNode: true,
          gpuModel: true,
          freeNow: true,
          longestLeaseHours: true,
        })
        .extend({
          defaultImageId: idOf("image"),
          allowedImageIds: z.array(idOf("image")).nullable(),
        })
        .nullable(),
    }),
  ),
  /** What is asked at a launch. */
  inputs: z.array(templateInput),
  /** The same as a JSON Schema of the launch's `inputs`, draft 2020-12. */
  inputsSchema: z.record(z.string(), z.unknown()),
  timeToReady,
  blocked: z.string().nullable(),
});

const quotaLine = z.object({
  scope: z.enum(["tenant", "project"]),
  dimension: z.enum(quotaDimensions),
  subject: z.string(),
  label: z.string(),
  limit: z.number(),
  used: z.number(),
});

const hours = { nodeHours: z.number(), gpuHours: z.number() };

export const projectRoutes = {
  getCatalogue: projectRoute({
    method: "GET",
    path: "/catalogue",
    permission: "project.read",
    tag: "Project",
    summary: "What the project may launch, and how much of it is free now",
    response: z.object({
      profiles: z.array(profile),
      templates: z.array(template),
      /** What prices are told in, by ISO 4217. */
      currency: z.string(),
    }),
    run: async ({ db, by }) => {
      const offered = await catalogue(db, by);
      const templates = offered.templates.map((each) => {
        return { ...each, inputsSchema: inputsSchema(each.inputs) };
      });
      return ok({ ...offered, templates });
    },
  }),

  listImages: projectRoute({
    method: "GET",
    path: "/images",
    permission: "project.read",
    tag: "Project",
    summary: "The images that the project may run",
    response: listOf(z.object({ id: idOf("image"), name: z.string(), version: z.string() })),
    run: async ({ db, by }) => ok({ items: await launchableImages(db, by) }),
  }),

  listProjectKeys: projectRoute({
    method: "GET",
    path: "/ssh-keys",
    permission: "project.read",
    tag: "Project",
    summary: "The project's SSH keys",
    description: "A launch puts all of them on its nodes, or those that it names.",
    response: listOf(projectKeyView),
    run: async ({ db, by }) => ok({ items: (await projectKeyList(db, by)).keys }),
  }),

  getProjectQuota: projectRoute({
    method: "GET",
    path: "/quota",
    permission: "project.read",
    tag: "Project",
    summary: "The limits that hold for the project, and how much is held",
    response: listOf(quotaLine),
    run: async ({ db, by }) => ok({ items: await projectQuota(db, by) }),
  }),

  getProjectUse: projectRoute({
    method: "GET",
    path: "/use",
    permission: "project.read",
    tag: "Project",
    summary: "What the project held over the last thirty days",
    response: z.object({ ...hours, days: z.array(z.object({ day: z.string(), ...hours })) }),
    run: async ({ db, by }) => ok(await projectUse(db, by)),
  }),

  preflight: projectRoute({
    method: "POST",
    path: "/preflight",
    permission: "environment.launch",
    tag: "Project",
    summary: "What a launch would meet if it were made now",
    description:
      "Check by check, by the same rules as the launch: quota, free nodes, policy, inputs, keys, who has to approve, cost and the usual time to ready. What is left out is taken as the launch takes it; of a secret its name under `secrets` is enough. What the caller has on hold is theirs here, too. Changes nothing: without a hold, a launch that every check says yes to may still come too late.",
    body: launchPreflightInput,
    onlyAsks: true,
    response: preflightAnswer,
    run: async ({ db, by, body }) => {
      const answer = await launchPreflight(db, by, body);
      return answer ? ok(answer) : refuse({ kind: "not_found", resource: "template" });
    },
  }),

  launchUserData: projectRoute({
    method: "POST",
    path: "/user-data",
    permission: "environment.launch",
    tag: "Project",
    summary: "What cloud-init would be told if this were launched now",
    description:
      "For the first node of each group with nodes: laid out, with `…` for addresses that hold a token, and long files cut. Values of secrets are hidden, those of inputs and those that config contexts give; of a secret input its name under `secrets` is enough. What hooks give before the first boot comes to it at the launch. What is left out is taken as the launch takes it, and what the launch would refuse of what was entered is refused. Changes nothing.",
    body: launchUserDataInput,
    onlyAsks: true,
    response: userDataAnswer,
    run: async ({ db, by, body }) => underPublicKey(await launchUserData(db, by, body)),
  }),
};
