import { z } from "zod";
import { environmentStates } from "#lib/domain/environment/state";
import { healthSeverities } from "#lib/domain/health/severity";
import { hookRunStates } from "#lib/domain/hook/hook";
import { nodeLifecycles } from "#lib/domain/node/lifecycle";
import { idOf } from "#lib/schemas/id";
import { placeOf } from "#lib/schemas/place";
import { line, searchText, slug } from "#lib/schemas/text";

// What the address of a page with a list asks for. A page refuses nothing: what makes no sense there counts
// as not said.

const orNot = <S extends z.ZodType>(schema: S) => schema.optional().catch(undefined);

/** The environments of a project: those that are not released, when no state is named. */
export const environmentsQuery = z.object({
  state: orNot(z.enum([...environmentStates, "all"])),
  q: searchText(63),
  after: orNot(idOf("environment")),
});
export type EnvironmentsQuery = z.infer<typeof environmentsQuery>;

export const nodesQuery = z.object({
  lifecycle: orNot(z.enum(nodeLifecycles)),
  type: orNot(idOf("nodeType")),
  rack: orNot(idOf("rack")),
  /** A part of a name, serial number, MAC or address. */
  q: searchText(100),
  /** The node that the page begins after: `name,id`. */
  after: orNot(line(100)),
});

export const healthTabs = ["open", "handled", "past"] as const;
export type HealthTab = (typeof healthTabs)[number];

/** Where a page of reasons ended; what is past is ordered by its end alone. */
export const healthPlace = placeOf("healthReason", healthSeverities);

export const healthQuery = z.object({
  tab: z.enum(healthTabs).catch("open"),
  severity: orNot(z.enum(healthSeverities)),
  /** A part of a node's, rack's or environment's name, or of a UUID. */
  q: searchText(100),
  after: orNot(healthPlace),
});

/** Which rules of health are listed: what was changed, what is off, or by severity. */
export const ruleFilters = ["changed", "off", "critical", "warning"] as const;
export type RuleFilter = (typeof ruleFilters)[number];

export const healthRulesQuery = z.object({
  show: orNot(z.enum(ruleFilters)),
  /** A part of a rule's title, code, advice or source. */
  q: searchText(100),
});

/** `stuck` needs a person; `live` is under way; `ended` is what was. */
export const workTabs = ["stuck", "live", "ended"] as const;
export type WorkTab = (typeof workTabs)[number];

export const operationsQuery = z.object({
  tab: z.enum(workTabs).catch("stuck"),
  after: orNot(idOf("operation")),
});

/** Where a page of hook runs, or of those of them that are approvals, ended. */
export const hookRunPlace = placeOf("hookRun");

export const hookRunsQuery = z.object({
  state: orNot(z.enum(hookRunStates)),
  after: orNot(hookRunPlace),
  /** The list of what waits for a decision stands on the same page, and has pages of its own. */
  waiting: orNot(hookRunPlace),
});

export const approvalsQuery = z.object({ after: orNot(hookRunPlace) });

/** Who has what of the catalogue: all tenants, or one with its projects. */
export const sharingQuery = z.object({
  tenant: orNot(slug()),
  /** A part of a tenant's name. */
  q: searchText(100),
  /** A part of the name of what is shared. */
  part: searchText(100),
  after: orNot(slug()),
});
