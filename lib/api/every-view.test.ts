import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { namesFrom } from "#e2e/fixtures/portal-acts";

// Whatever a person can see a program can read, over the same view. What only the portal shows is said
// here, with why.

const telemetry =
  "Samples are many: Prometheus reads them where Ingot does, and use is told by reports.";
const ofAccounts = "One's own account, and ways in: no token has a part in them.";
const programs = "Tokens and service accounts: a token does nothing with tokens.";
const bell =
  "What a person is told is not narrowed by scopes; programs follow events and read lists.";
const stream = "What a page follows; programs follow events.";
const form = "The choices of a form; each is listed by a route of its own.";
const sum = "A sum for the eye, of what routes list.";

const inPortalOnly: Record<string, string> = {
  accountView: ofAccounts,
  auditExport: "The log as one file; programs read it page by page, by listAuditEvents.",
  automation: programs,
  bellView: bell,
  cataloguePreview: "What a tenant would see of a profile; programs read profiles, and shares.",
  contextsAt: "Where a context is attached is told by the context, by getContext.",
  countAlerts: sum,
  dryRunScreen: form,
  environmentGpusOf: telemetry,
  environmentActivity: "Of the audit log, which is listed by listAuditEvents.",
  fileOfUse: "The reports as files; programs read them by getTenantUse and getFleetUse.",
  endedAccess: ofAccounts,
  fleetAttention: sum,
  fleetBoard: sum,
  fleetFeeds: stream,
  fleetGpusView: telemetry,
  gpuTelemetryOf: telemetry,
  gpusDayOf: telemetry,
  gpusNowOf: telemetry,
  healthOfNode: "Listed for all nodes, and by the name of one, by listHealth.",
  hostTelemetryOf: telemetry,
  identityView: ofAccounts,
  invitationView: ofAccounts,
  keyOffer: form,
  launchForm: form,
  mailTimesView: ofAccounts,
  nodeFindings: "What an inspection found, in full: long, and made to be looked at.",
  nodeGpusOf: telemetry,
  nodeInspections: "As its findings. Whether a node differs from its type is told by getNode.",
  nodePlaces: form,
  notificationPage: bell,
  operatorInvitationView: ofAccounts,
  operationEvidence: "The exchanges with a controller, in full: made to be looked at.",
  ownTokens: programs,
  pendingSignInView: ofAccounts,
  peopleView: ofAccounts,
  personView: ofAccounts,
  portDrifts: "A warning for the eye; webhooks are told of it.",
  preferencesView: ofAccounts,
  projectFeeds: stream,
  projectHome: sum,
  providerChoices: form,
  readinessBoard: "Why a node is not ready is told by getNode, as notAllocatable.",
  replayScreen: form,
  screenOfUse: "The reports are told by getTenantUse and getFleetUse.",
  searchFleet: "Finds pages; programs search nodes by listNodes.",
  setupState: ofAccounts,
  signInView: ofAccounts,
  templateProfileChoices: form,
  tenantFeeds: stream,
  tenantHome: sum,
  watchableEnvironments: stream,
};

const read = (pattern: string) =>
  globSync(pattern)
    .filter((file) => !/\.test\./.test(file))
    .map((file) => readFileSync(file, "utf8"));
const namesIn = (pattern: string) => new Set(read(pattern).flatMap(namesFrom));

/** The views: what a file of them exports and reads the database. */
const views = read("lib/views/*.ts").flatMap((text) =>
  [...text.matchAll(/^export (?:async )?function\*? (\w+)\(\s*db: Database/gm)].map(
    ([, name = ""]) => name,
  ),
);

test("every view of the portal is a route of the API, or is said to be the portal's alone", () => {
  expect(views.length).toBeGreaterThan(80);
  const shown = namesIn("app/**/{page,layout,route}.{ts,tsx}");
  const told = namesIn("lib/api/*.ts");
  const without = views.filter((name) => shown.has(name) && !told.has(name));
  expect(without.toSorted()).toEqual(Object.keys(inPortalOnly).toSorted());
});
