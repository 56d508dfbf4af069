import type { z } from "zod";
import type { Database } from "#db/client";
import type { Caller, Grant } from "#lib/access/authorize";
import type { FleetPermission, ProjectPermission, TenantPermission } from "#lib/access/policy";
import type { TokenScope } from "#lib/domain/access/token-scope";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { EventSource } from "#lib/views/tenant-events";

// A route of the API is data: what is asked, by which permission, and what is answered. The door
// reads it to let requests in, the OpenAPI document and the reference page to describe it, and the
// portal's pages to show the call beside the button.

export type Method = "GET" | "POST";
type Shape = z.ZodObject;
type Nothing = z.ZodObject<Record<never, never>>;

/** What a handler is given: nothing in it is unparsed. */
export type Asked<By, Q extends Shape, B extends z.ZodType> = {
  db: Database;
  by: By;
  /** The parts of the path that name things, as they were written. */
  params: Record<string, string>;
  query: z.output<Q>;
  body: z.output<B>;
  /** Of the `Idempotency-Key`, or made for this request. */
  requestKey: string;
  /** The public key that controllers' passwords are sealed with. */
  sealingKey: string;
  /** The public keys that the seals of the audit log are checked by. */
  auditKeys: string;
  /** How often controllers' sensors are read. */
  controllerWatchMs: number;
  /** The portal's own address. */
  origin: string;
  /** Where nodes reach the boot server when their site has no address of its own. */
  bootOrigin: string;
  /** Of a stream: the event that it goes on after. */
  lastEventId: string | null;
};

type Described<Q extends Shape, B extends z.ZodType, R extends z.ZodType> = {
  method: Method;
  summary: string;
  description?: string;
  tag: "You" | "Project" | "Environments" | "Tenant" | "Fleet";
  query?: Q;
  body?: B;
  response: R;
  /** 202: written down as intent, which workers make true. */
  status?: 200 | 202;
  /** True of a POST that only asks: it is not counted among the caller's changes. */
  onlyAsks?: boolean;
  /** True where the command itself does once what has the same `requestKey`. */
  keyed?: boolean;
  /** True of an answer that holds a secret: sent again with the same key, it is not told again. */
  tellsSecret?: boolean;
  /** Of a stream: what each of its events is. Its answer is where they come from. */
  event?: z.ZodType;
  /** Longest body, in bytes; 64 KiB unless said. */
  mostBytes?: number;
};

export type Route<
  By = never,
  Q extends Shape = Shape,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> = Described<Q, B, R> & {
  path: string;
  /** Where it is asked what one may: in a project, a tenant, the fleet, or nowhere: what is one's own. */
  place: "project" | "tenant" | "fleet" | "own";
  /** What the caller must be allowed, and the token's scopes include; null for what is one's own. */
  permission: TokenScope | null;
  run: (asked: Asked<By, Q, B>) => Promise<Result<z.input<R>, Refusal>>;
};

/** True of what changes something; it may have an `Idempotency-Key`. */
export function isChange({ method, onlyAsks }: Pick<AnyRoute, "method" | "onlyAsks">): boolean {
  return method !== "GET" && !onlyAsks;
}

/** A route as the table holds it: the door has made sure that `run` is given what it asks for. */
export type AnyRoute = Route<never>;

/** What gives a stream its events. */
export type EventsRun<By> = (
  asked: Asked<By, Nothing, z.ZodUndefined>,
) => Promise<Result<EventSource, Refusal>>;

type Spec<By, Q extends Shape, B extends z.ZodType, R extends z.ZodType> = Described<Q, B, R> & {
  path: string;
  run: Route<By, Q, B, R>["run"];
};

/** A route in a project; its path is below the project's. */
export function projectRoute<
  P extends ProjectPermission & TokenScope,
  R extends z.ZodType,
  Q extends Shape = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(spec: Spec<Grant<P>, Q, B, R> & { permission: P }): Route<Grant<P>, Q, B, R> {
  const path = `/tenants/{tenant}/projects/{project}${spec.path}`;
  return { ...spec, path, place: "project" };
}

/** A route in a tenant; its path is below the tenant's. */
export function tenantRoute<
  P extends TenantPermission & TokenScope,
  R extends z.ZodType,
  Q extends Shape = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(spec: Spec<Grant<P>, Q, B, R> & { permission: P }): Route<Grant<P>, Q, B, R> {
  return { ...spec, path: `/tenants/{tenant}${spec.path}`, place: "tenant" };
}

/** A route of the operators; its path is below the fleet's. */
export function fleetRoute<
  P extends FleetPermission & TokenScope,
  R extends z.ZodType,
  Q extends Shape = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(spec: Spec<Grant<P>, Q, B, R> & { permission: P }): Route<Grant<P>, Q, B, R> {
  return { ...spec, path: `/fleet${spec.path}`, place: "fleet" };
}

/** A route to what is the caller's own, which any living token may read. */
export function ownRoute<R extends z.ZodType>(
  spec: Spec<Caller, Nothing, z.ZodUndefined, R>,
): Route<Caller, Nothing, z.ZodUndefined, R> {
  return { ...spec, place: "own", permission: null };
}
