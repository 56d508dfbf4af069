import { setTimeout as wait } from "node:timers/promises";
import type { z } from "zod";
import { ok, type Result, refuse } from "#lib/domain/result";
import { failureOf, isSuccess, jsonOf } from "#lib/drivers/redfish/failure";
import type { Limits } from "#lib/drivers/redfish/limits";
import { collection, isRecord, type ServiceRoot } from "#lib/drivers/redfish/resource-schemas";
import type { Session } from "#lib/drivers/redfish/session";
import { ControllerError } from "#lib/ports/controller";

/** Pages of one collection, and members of all its pages, that are followed. */
const maxPages = 40;
const maxMembers = 2_000;

export type Resource<T> = { path: string; etag: string | null; body: T };

export type Reader = {
  /** Reads one resource. Throws `ControllerError`. */
  read: <S extends z.ZodType>(path: string, schema: S) => Promise<Resource<z.output<S>>>;
  /** Reads one resource that may be missing or broken; what was wrong is noted in `unread`. */
  find: <S extends z.ZodType>(
    path: string | null,
    schema: S,
    options?: FindOptions,
  ) => Promise<z.output<S> | null>;
  /** Reads the members of a collection, in its order. */
  members: <S extends z.ZodType>(
    path: string | null,
    schema: S,
    options?: FindOptions,
  ) => Promise<Members<z.output<S>>>;
  unread: { path: string; reason: string }[];
  /** Paths of those that may be there all the same: the controller did not say that they are not. */
  missed: string[];
  /** What was answered so far at a path: its body, or why there is none. Asks nothing. */
  answered: (path: string) => Answered | undefined;
  /** How many reads are left before the rest is left out. */
  left: () => number;
  /** Whether collections come with their members. */
  expands: () => boolean;
};

export type Answered =
  /** `isMember`: it came inside its collection. */
  | { kind: "read"; body: unknown; etag: string | null; isMember: boolean }
  | { kind: "failed"; error: ControllerError };

export type FindOptions = {
  /**
   * A part that is busy (503, 409, 429) or slow counts as unread. Otherwise it ends the reading, since an
   * inventory that lacks what was only put off would be taken for the truth.
   */
  busyIsUnread?: boolean;
  /** Which members to read first when not all may be; lower is earlier. */
  rank?: (path: string) => number;
  /** Of members, those alone that come inside their collection: not worth a request each. */
  isInside?: boolean;
};

export type Members<T> = {
  found: { path: string; body: T }[];
  /** Members that are listed and could not be read, for whatever reason. */
  missing: string[];
  /** Those of them that are there all the same: they did not answer, or were left out. */
  silent: string[];
  /** Whether the collection itself was read, or is known not to be there. */
  listed: boolean;
};

/**
 * Reads resources by following links. Each is asked for once; a collection is asked for with all
 * its members at once where the service offers that ($expand, DSP0266 7.3), which is the
 * difference between five requests and a hundred.
 */
export function createReader(
  session: Session,
  limits: Limits,
  bounds: { maxReads: number; deadlineMs: number } = { maxReads: Infinity, deadlineMs: Infinity },
): Reader {
  const answers = new Map<string, Promise<{ etag: string | null; body: unknown }>>();
  const outcomes = new Map<string, Answered>();
  const unread: Reader["unread"] = [];
  const missed: string[] = [];
  let service: ServiceRoot | null = null;
  const { maxReads } = bounds;
  const untilMs = performance.now() + bounds.deadlineMs;
  let reads = 0;
  let timeouts = 0;
  let mayExpand = true;

  function get(path: string): Promise<{ etag: string | null; body: unknown }> {
    const key = bare(path);
    const asked = answers.get(key);
    if (asked) return asked;
    const asking = getOnce(path);
    answers.set(key, asking);
    asking.then(
      ({ body, etag }) => outcomes.set(key, { kind: "read", body, etag, isMember: false }),
      (error: unknown) => {
        if (error instanceof ControllerError) outcomes.set(key, { kind: "failed", error });
      },
    );
    return asking;
  }

  async function getOnce(path: string) {
    if (reads >= maxReads || performance.now() > untilMs) throw new LeftOut(path);
    reads++;
    const { behaviour } = await session.root();
    let answer = await session.send({ method: "GET", path });
    if (!isSuccess(answer)) {
      const failure = failureOf(answer, behaviour.busyMessages);
      if (failure.failure !== "busy") throw failure;
      await wait(Math.min(failure.retryAfterMs ?? limits.busyWaitMs, limits.busyWaitMs));
      reads++;
      answer = await session.send({ method: "GET", path });
      if (!isSuccess(answer)) throw failureOf(answer, behaviour.busyMessages);
    }
    const body = jsonOf(answer);
    const inBody = isRecord(body) ? body["@odata.etag"] : null;
    const etag = answer.headers.etag ?? (typeof inBody === "string" ? inBody : null);
    return { etag, body };
  }

  async function read<S extends z.ZodType>(path: string, schema: S) {
    const { etag, body } = await get(path);
    return { path, etag, body: parsed(path, schema, body) };
  }

  async function find<S extends z.ZodType>(
    path: string | null,
    schema: S,
    options: FindOptions = {},
  ) {
    if (path === null) return null;
    const result = await attempt(path, options, async () => (await read(path, schema)).body);
    return result.ok ? result.value : null;
  }

  /** Does one read; a failure that concerns this resource alone is noted and returned. */
  async function attempt<T>(
    path: string,
    options: FindOptions,
    act: () => Promise<T>,
  ): Promise<Result<T, ControllerError>> {
    try {
      return ok(await act());
    } catch (error) {
      if (!(error instanceof ControllerError)) throw error;
      const mayBeUnread = options.busyIsUnread === true;
      // One slow part is that part's; a controller that goes on being slow has the trouble itself.
      const isSlow = error.failure === "timeout" && mayBeUnread && ++timeouts <= limits.maxTimeouts;
      const isBusy = error.failure === "busy" && mayBeUnread;
      if (!partFailures[error.failure] && !isBusy && !isSlow) throw error;
      unread.push({ path, reason: error.message });
      if (error.failure !== "unsupported") missed.push(path);
      return refuse(error);
    }
  }

  async function members<S extends z.ZodType>(
    path: string | null,
    schema: S,
    options: FindOptions = {},
  ): Promise<Members<z.output<S>>> {
    if (path === null) return { found: [], missing: [], silent: [], listed: true };
    const listed = await attempt(path, options, () => list(path));
    if (!listed.ok) {
      return { found: [], missing: [], silent: [], listed: !isSilence(listed.refusal) };
    }
    const paths: string[] = [];
    for (const member of listed.value) {
      const at = isRecord(member) ? member["@odata.id"] : null;
      if (!isRecord(member) || typeof at !== "string" || at.includes("#")) continue;
      paths.push(at);
      // Every resource has an Id, so this one is expanded; a reference, or what some write in the
      // place of a member that failed, has none.
      if (typeof member.Id === "string") {
        const key = bare(at);
        answers.set(key, Promise.resolve({ etag: null, body: member }));
        outcomes.set(key, { kind: "read", body: member, etag: null, isMember: true });
      }
    }
    if (options.isInside) {
      const inside = paths.filter((at) => {
        const answer = outcomes.get(bare(at));
        return answer?.kind === "read" && answer.isMember;
      });
      paths.splice(0, Infinity, ...inside);
    }
    const { rank } = options;
    const order = rank ? paths.toSorted((a, b) => rank(a) - rank(b)) : paths;
    const results = new Map<string, Result<z.output<S>, ControllerError>>();
    await Promise.all(
      order.map(async (each) => {
        const result = await attempt(each, options, async () => (await read(each, schema)).body);
        results.set(each, result);
      }),
    );
    const outcome: Members<z.output<S>> = { found: [], missing: [], silent: [], listed: true };
    for (const each of paths) {
      const result = results.get(each);
      if (result?.ok) {
        outcome.found.push({ path: each, body: result.value });
      } else {
        outcome.missing.push(each);
        if (result && isSilence(result.refusal)) outcome.silent.push(each);
      }
    }
    return outcome;
  }

  /** The members of every page, expanded where that works. */
  async function list(path: string): Promise<unknown[]> {
    const all: unknown[] = [];
    let next: string | null = path;
    // A collection that lists itself would be read as a part without any facts.
    const seen = new Set([bare(path)]);
    for (let page = 0; next !== null && page < maxPages && all.length < maxMembers; page++) {
      const body: unknown = page === 0 ? await firstPage(path) : (await get(next)).body;
      const onPage: z.output<typeof collection> = parsed(next, collection, body);
      // Some list a member twice, and some lead from the last page back to the first.
      const fresh = onPage.Members.filter((member) => {
        const at = isRecord(member) ? bare(String(member["@odata.id"])) : "";
        return !seen.has(at) && seen.add(at);
      });
      all.push(...fresh);
      next = fresh.length > 0 ? onPage["Members@odata.nextLink"] : null;
    }
    return all.slice(0, maxMembers);
  }

  async function firstPage(path: string): Promise<unknown> {
    const { root } = await session.root();
    service = root;
    if (!mayExpand || !root.ProtocolFeaturesSupported.ExpandQuery.NoLinks) {
      return (await get(path)).body;
    }
    try {
      return (await get(`${path}?$expand=.($levels=1)`)).body;
    } catch (error) {
      // Some offer it and fail at it, or take too long, or answer with more than is read.
      const isTheirs =
        error instanceof ControllerError &&
        ["unsupported", "rejected", "malformed", "too_large", "timeout"].includes(error.failure);
      if (!isTheirs) throw error;
      const plain = (await get(path)).body;
      mayExpand = false;
      return plain;
    }
  }

  return {
    read,
    find,
    members,
    unread,
    missed,
    answered: (path) => outcomes.get(bare(path)),
    left: () => (performance.now() > untilMs ? 0 : Math.max(0, maxReads - reads)),
    expands: () => mayExpand && service?.ProtocolFeaturesSupported.ExpandQuery.NoLinks === true,
  };
}

/** Failures that concern one resource; the others concern the whole controller. */
const partFailures = {
  unsupported: true,
  malformed: true,
  too_large: true,
  rejected: true,
  busy: false,
  unreachable: false,
  timeout: false,
  certificate_changed: false,
  auth_failed: false,
} as const;

/** Whether a failure leaves open that the resource is there: not when it is gone or makes no sense. */
function isSilence({ failure }: ControllerError): boolean {
  return failure !== "unsupported" && failure !== "malformed";
}

/** One resource may be written with a slash at its end here and without one there. */
function bare(path: string): string {
  return path.replace(/\/$/, "");
}

class LeftOut extends ControllerError {
  constructor(path: string) {
    super("rejected", `${path} was left out to spare the controller`, { retryable: false });
  }
}

function parsed<S extends z.ZodType>(path: string, schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ControllerError("malformed", `${path} is not what it should be`, {
    retryable: false,
    cause: result.error,
  });
}
