import { z } from "zod";
import { change, comparison } from "#lib/api/change";
import { named } from "#lib/api/named";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { addTemplateVersion } from "#lib/commands/add-template-version";
import { createTemplate } from "#lib/commands/create-template";
import { moveTemplateVersion } from "#lib/commands/move-template-version";
import { shareTemplate } from "#lib/commands/share-template";
import { profileStates } from "#lib/domain/profile/profile";
import { ok, refuse } from "#lib/domain/result";
import { templateStates } from "#lib/domain/template/template";
import { comparedVersions } from "#lib/schemas/compared-versions";
import { idOf } from "#lib/schemas/id";
import {
  addTemplateVersionInput,
  createTemplateInput,
  moveTemplateVersionInput,
  shareTemplateInput,
} from "#lib/schemas/template";
import {
  definitionOf,
  templateDetail,
  templatesView,
  templateVersionDetail,
} from "#lib/views/templates";

/** What a version is made of. It is read by the schema that it is sent by, so that it can be sent again. */
const definition = addTemplateVersionInput.omit({ templateId: true });

/** Scripts make it long: twice what a form of the portal may send, for who writes it on more lines. */
const longestDefinition = 2 * 1024 * 1024;

const template = z.object({ id: idOf("template"), name: z.string() });

const templateInList = template.extend({
  /** Of the version that tenants launch; of the newest while none is published. */
  description: z.string(),
  /** The one that tenants launch; null while none is published. */
  publishedVersion: z.number().nullable(),
  latestVersion: z.number(),
  latestState: z.enum(templateStates),
  projects: z.number(),
  environments: z.number(),
});

const version = z.object({
  id: idOf("templateVersion"),
  version: z.number(),
  state: z.enum(templateStates),
  /** The newest published one is what tenants launch. */
  isOffered: z.boolean(),
  createdAt: z.string(),
  environments: z.number(),
  /** Against the version before it; null for the first. */
  changes: z.array(change).nullable(),
  /** Why a draft cannot be published, and what would change that; null when it can, and of no draft. */
  whyNotPublished: z.string().nullable(),
});

const versionWithDefinition = version.extend({
  template,
  /** Changed, it is the body of the next version. */
  definition: definition.required(),
  /** Those that its groups take nodes of. */
  profiles: z.array(
    z.object({ id: idOf("profile"), name: z.string(), state: z.enum(profileStates) }),
  ),
  /** What cloud-init is told at a first boot, to be read: secrets are hidden, long files cut. */
  userData: z.string(),
});

const noSuch = { kind: "not_found", resource: "template" } as const;

/** What the schema of a hook does not say of its kinds. */
const waits =
  "A hook of the kind `wait` waits for its `seconds`; or until what it asks every `backoffSeconds` says yes, for `seconds` at most: the address in `until`, by an answer of the 2xx kind, or each node, by exit code 0 of the hook's `script`.";

export const templateRoutes = {
  listTemplates: fleetRoute({
    method: "GET",
    path: "/templates",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every template by name, with its newest version and how much it is used",
    response: listOf(templateInList),
    run: async ({ db, by }) => ok({ items: await templatesView(db, by) }),
  }),

  createTemplate: fleetRoute({
    method: "POST",
    path: "/templates",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Add a template with its first version, a draft",
    description: waits,
    body: createTemplateInput,
    mostBytes: longestDefinition,
    response: z.object({
      templateId: idOf("template"),
      templateVersionId: idOf("templateVersion"),
    }),
    run: ({ db, by, body }) => createTemplate(db, by, body),
  }),

  getTemplate: fleetRoute({
    method: "GET",
    path: "/templates/{template}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One template with its versions, newest first",
    description:
      "Each version by itself has what it is made of. Two of them are compared where one is named: without `to` it is the newest, without `from` the one before.",
    query: comparedVersions,
    response: template.extend({
      versions: z.array(version),
      comparison,
      sharedWith: z.array(idOf("project")),
      /** Tenants that have it as a whole: their later projects will have it, too. */
      sharedWithTenants: z.array(idOf("tenant")),
    }),
    run: async ({ db, by, params, query }) => {
      const found = await templateDetail(db, by, params.template ?? "", query);
      if (!found) return refuse(noSuch);
      const { comparison: compared } = found;
      return compared.ok ? ok({ ...found, comparison: compared.value }) : compared;
    },
  }),

  shareTemplate: fleetRoute({
    method: "POST",
    path: "/templates/{template}/share",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Say which tenants and projects may launch a template, and no others",
    description:
      "What runs is not touched. A tenant has it for all its projects, and for those made later; one that is not named has no whole of it any more. Without tenantIds whole tenants stay as they are. The answer counts the projects that have it then. To add or take away some alone, see changeShares.",
    body: shareTemplateInput.omit({ templateId: true }),
    response: z.object({ projects: z.number() }),
    run: async ({ db, by, params, body }) => {
      const id = named("template", params.template, "template");
      return id.ok ? shareTemplate(db, by, { ...body, templateId: id.value }) : id;
    },
  }),

  addTemplateVersion: fleetRoute({
    method: "POST",
    path: "/templates/{template}/versions",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Add the next version of a template, a draft",
    description: `The body is a whole definition, as a version that is read has it: read one, change it, send it. Without description, readme or longestLeaseHours it has those of the version before. A version is never changed, and environments keep the one they were launched from. ${waits}`,
    body: definition,
    mostBytes: longestDefinition,
    response: z.object({ templateVersionId: idOf("templateVersion"), version: z.number() }),
    run: async ({ db, by, params, body }) => {
      const id = named("template", params.template, "template");
      return id.ok ? addTemplateVersion(db, by, { ...body, templateId: id.value }) : id;
    },
  }),

  getTemplateVersion: fleetRoute({
    method: "GET",
    path: "/template-versions/{templateVersion}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One version of a template, with what it is made of",
    description:
      "Its definition is what a new version takes: it can be kept in git, and sent again.",
    response: versionWithDefinition,
    run: async ({ db, by, params }) => {
      const found = await templateVersionDetail(db, by, params.templateVersion ?? "");
      if (!found) return refuse(noSuch);
      const { template, version } = found;
      const profiles = version.groups.map(({ profileId, profile, profileState }) => ({
        ...{ id: profileId, name: profile, state: profileState },
      }));
      return ok({
        ...{ ...version, template, definition: definitionOf(version) },
        profiles: [...new Map(profiles.map((each) => [each.id, each])).values()],
      });
    },
  }),

  moveTemplateVersion: fleetRoute({
    method: "POST",
    path: "/template-versions/{templateVersion}/move",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Publish a draft, or retire a version",
    description:
      "Tenants launch the newest published version. Publishing is refused while a check of a dry run fails with example values, and while one of its hooks that asks a provider has not passed a dry run of this version.",
    body: moveTemplateVersionInput.omit({ templateVersionId: true }),
    response: z.object({ templateVersionId: idOf("templateVersion") }),
    run: async ({ db, by, params, body }) => {
      const id = named("templateVersion", params.templateVersion, "template");
      if (!id.ok) return id;
      const result = await moveTemplateVersion(db, by, { ...body, templateVersionId: id.value });
      return result.ok ? ok({ templateVersionId: id.value }) : result;
    },
  }),
};
