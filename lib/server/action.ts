import "server-only";
import type { Route } from "next";
import { refresh } from "next/cache";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import type { Database } from "#db/client";
import {
  type Actor,
  authorizeFleet,
  authorizeProject,
  authorizeTenant,
  type Grant,
} from "#lib/access/authorize";
import { keepPace } from "#lib/access/keep-pace";
import type { LoadedSession } from "#lib/access/load-actor";
import { comesFromOwnPage } from "#lib/access/own-origin";
import {
  type FleetPermission,
  needsFreshProof,
  type Permission,
  type ProjectPermission,
  type TenantPermission,
  type WeightyOwnAct,
} from "#lib/access/policy";
import { readSettings } from "#lib/config/env";
import { noteOnSpan, traced } from "#lib/config/trace";
import type { Proof } from "#lib/domain/access/second-factor";
import type { Refusal, RefusalOf } from "#lib/domain/refusal";
import { type Result, refuse } from "#lib/domain/result";
import { fieldMessages } from "#lib/schemas/field-messages";
import { readUnknown } from "#lib/schemas/read-unknown";
import { database } from "#lib/server/database";
import { noteDenied } from "#lib/server/denied";
import { log } from "#lib/server/log";
import { type RequestFacts, requestFacts } from "#lib/server/request";
import { currentActor, currentSession, stopOf } from "#lib/server/session";

// The shapes of a server action. A server action is a public POST endpoint whatever its callers'
// types say, so every argument is unknown until it is parsed. The order is the same in all of them:
// origin, session, authorize, fresh proof, parse, pace, run, refresh. What is done to the session itself and
// by whoever has none is not paced: it asks for a secret, and tries at secrets are counted where they are.

type Run<By, S extends z.ZodType, T, R extends Refusal> = (
  db: Database,
  by: By,
  input: z.output<S>,
) => Promise<Result<T, R>>;

/** Counts an act, and says how long to wait when there were too many. */
type Pace = () => Promise<RefusalOf<"too_fast"> | undefined>;
type Answer<T> = Promise<Result<T, Refusal>>;
type Spec<P, By, S extends z.ZodType, T, R extends Refusal> = {
  permission: P;
  /** True where a secret is shown in the answer: a fresh proof is asked for. */
  tellsSecret?: boolean;
  input: S;
  run: Run<By, S, T, R>;
};

/** An action of an operator on the fleet. */
export function fleetAction<P extends FleetPermission, S extends z.ZodType, T, R extends Refusal>(
  spec: Spec<P, Grant<P>, S, T, R>,
): (raw: z.input<S>) => Answer<T> {
  return async (raw) => {
    const actor = await actorOfOwnPage();
    if ("ok" in actor) return actor;
    return grantThenRun(spec, raw, actor, "fleet", authorizeFleet(actor, spec.permission));
  };
}

/** An action of a member in a tenant. */
export function tenantAction<P extends TenantPermission, S extends z.ZodType, T, R extends Refusal>(
  spec: Spec<P, Grant<P>, S, T, R>,
): (tenantSlug: string, raw: z.input<S>) => Answer<T> {
  return async (tenantSlug, raw) => {
    const actor = await actorOfOwnPage();
    if ("ok" in actor) return actor;
    const slug = slugOf(tenantSlug);
    const granted = authorizeTenant(actor, slug, spec.permission);
    return grantThenRun(spec, raw, actor, slug, granted);
  };
}

/** An action of a member in one project. */
export function projectAction<
  P extends ProjectPermission,
  S extends z.ZodType,
  T,
  R extends Refusal,
>(
  spec: Spec<P, Grant<P>, S, T, R>,
): (tenantSlug: string, projectSlug: string, raw: z.input<S>) => Answer<T> {
  return async (tenantSlug, projectSlug, raw) => {
    const actor = await actorOfOwnPage();
    if ("ok" in actor) return actor;
    const [tenant, project] = [slugOf(tenantSlug), slugOf(projectSlug)];
    const granted = authorizeProject(actor, tenant, project, spec.permission);
    return grantThenRun(spec, raw, actor, `${tenant}/${project}`, granted);
  };
}

/** An action of a person on what is their own: keys, sessions. `act` where it is one of weight. */
export function accountAction<S extends z.ZodType, T, R extends Refusal>(spec: {
  act?: WeightyOwnAct;
  input: S;
  run: Run<Actor, S, T, R>;
}): (raw: z.input<S>) => Answer<T> {
  return async (raw) => {
    const actor = await actorOfOwnPage();
    if ("ok" in actor) return actor;
    if (actor.proofDue && spec.act) return proofDue(actor.proofDue);
    return parseThenRun(spec, raw, actor, () => keepPace(database(), actor, "page"));
  };
}

/** An action on the session itself, also of someone who must replace their password first. */
export function sessionAction<S extends z.ZodType, T, R extends Refusal>(spec: {
  act?: WeightyOwnAct;
  input: S;
  run: Run<LoadedSession, S, T, R>;
}): (raw: z.input<S>) => Answer<T> {
  return async (raw) => {
    const foreign = await foreignPage();
    if (foreign) return foreign;
    const session = await currentSession();
    if (!session) redirect("/sign-in" as Route);
    const due = session.actor.proofDue;
    const enrols = spec.act === "second_factor.change" && session.mayEnrolUnproved;
    if (due && spec.act && !enrols) return proofDue(due);
    return parseThenRun(spec, raw, session);
  };
}

/** An action of someone who cannot have signed in yet. The command itself asks for a proof. */
export function openAction<S extends z.ZodType, T, R extends Refusal>(spec: {
  input: S;
  run: Run<RequestFacts, S, T, R>;
}): (raw: z.input<S>) => Answer<T> {
  return async (raw) => {
    const foreign = await foreignPage();
    return foreign ?? parseThenRun(spec, raw, await requestFacts());
  };
}

async function actorOfOwnPage(): Promise<Actor | { ok: false; refusal: Refusal }> {
  const foreign = await foreignPage();
  if (foreign) return foreign;
  const actor = await currentActor();
  if (actor) return actor;
  const session = await currentSession();
  const stop = session && stopOf(session);
  if (stop) redirect(stop);
  // An action is posted to the address of the page it is on.
  const { path } = await requestFacts();
  redirect(`/sign-in?next=${encodeURIComponent(path)}` as Route);
}

async function foreignPage(): Promise<{ ok: false; refusal: RefusalOf<"not_now"> } | undefined> {
  const { origin } = readSettings();
  const all = await headers();
  if (comesFromOwnPage(all, origin)) return undefined;
  const { requestId, ipAddress } = await requestFacts();
  log().warn({ requestId, ipAddress, from: all.get("origin") }, "action from a foreign page");
  return refuse({
    kind: "not_now",
    reason: `Ingot is set up to be opened at ${origin}, and this came from elsewhere.`,
    advice: "Open that address and try again, or set INGOT_ORIGIN to the address that you use.",
  });
}

async function grantThenRun<By, S extends z.ZodType, T, R extends Refusal>(
  spec: Spec<Permission, By, S, T, R>,
  raw: unknown,
  actor: Actor,
  place: string,
  granted: Result<unknown, RefusalOf<"not_found" | "forbidden">>,
): Answer<T> {
  if (!granted.ok) {
    await noteDenied(actor, spec.permission, place);
    return granted;
  }
  const isWeighty = spec.tellsSecret || needsFreshProof(spec.permission);
  if (actor.proofDue && isWeighty) return proofDue(actor.proofDue);
  return parseThenRun(spec, raw, granted.value as By, () => keepPace(database(), actor, "page"));
}

/** Answered by the page's own dialog, after which it asks again. */
const proofDue = (by: readonly Proof[]) => refuse({ kind: "proof_due" as const, by });

function parseThenRun<By, S extends z.ZodType, T, R extends Refusal>(
  spec: { permission?: Permission; act?: WeightyOwnAct; input: S; run: Run<By, S, T, R> },
  raw: unknown,
  by: By,
  pace?: Pace,
): Answer<T> {
  const name = spec.permission ?? spec.act ?? "own";
  return traced(`action ${name}`, { "ingot.action": name }, () => runParsed(spec, raw, by, pace));
}

async function runParsed<By, S extends z.ZodType, T, R extends Refusal>(
  spec: { input: S; run: Run<By, S, T, R> },
  raw: unknown,
  by: By,
  pace?: Pace,
): Answer<T> {
  const input = readUnknown(spec.input, raw);
  if (!input.success) {
    return refuse({ kind: "invalid_input", fields: fieldMessages(input.error) });
  }
  const tooFast = await pace?.();
  const result = tooFast ? refuse(tooFast) : await spec.run(database(), by, input.data);
  if (result.ok) refresh();
  else noteOnSpan({ "ingot.refusal": result.refusal.kind });
  noteOperation(result);
  return result;
}

/** The operation that an action has ordered: where its trace is found. */
function noteOperation(result: Result<unknown, Refusal>): void {
  if (!result.ok || typeof result.value !== "object" || result.value === null) return;
  const { operationId } = result.value as { operationId?: unknown };
  if (typeof operationId === "string") noteOnSpan({ "ingot.operation.id": operationId });
}

/** What is no text names no tenant and no project. */
function slugOf(raw: unknown): string {
  return z.string().max(63).catch("").parse(raw);
}
