import { type Refusal, type RefusalKind, refusalMessage } from "#lib/domain/refusal";

// A "no" of the API, as RFC 9457 describes problems.

/** Answers that are no refusal of the domain: what is wrong with the request itself, or with us. */
export const doorProblems = {
  unauthorized: { status: 401, title: "No token, or none that is good" },
  no_such_route: { status: 404, title: "There is nothing at this address" },
  wrong_method: { status: 405, title: "This address does not take that method" },
  too_large: { status: 413, title: "The body is too large" },
  not_json: { status: 415, title: "The body is not JSON" },
  malformed: { status: 400, title: "The request cannot be read" },
  key_reused: { status: 422, title: "The Idempotency-Key was used for something else" },
  not_known_done: { status: 409, title: "The first request with this key has no answer" },
  told_once: { status: 409, title: "It was done, and its secret told" },
  rate_limited: { status: 429, title: "Too many requests with this token" },
  too_many_streams: { status: 429, title: "Too many streams" },
  unavailable: { status: 503, title: "The database does not answer" },
  fault: { status: 500, title: "Something went wrong inside Ingot" },
} as const;
export type DoorProblem = keyof typeof doorProblems;

export const refusalProblems = {
  not_found: { status: 404, title: "Not there, or not yours to see" },
  forbidden: { status: 403, title: "Not allowed" },
  invalid_input: { status: 422, title: "What was sent is not valid" },
  name_taken: { status: 409, title: "The name is taken" },
  wrong_state: { status: 409, title: "The environment's state does not allow it" },
  not_now: { status: 409, title: "Not now" },
  quota_exceeded: { status: 409, title: "Beyond the quota" },
  no_capacity: { status: 409, title: "Not enough free nodes" },
  in_use: { status: 409, title: "It is in use" },
  sign_in_failed: { status: 401, title: "The sign-in failed" },
  second_factor_due: { status: 401, title: "The second factor is due" },
  proof_due: { status: 403, title: "A fresh proof is due" },
  passwords_off: { status: 403, title: "Sign-in by password is off" },
  too_many_attempts: { status: 429, title: "Too many tries" },
  too_fast: { status: 429, title: "Too much at once" },
  last_owner: { status: 409, title: "The last owner stays" },
} as const satisfies Record<RefusalKind, { status: number; title: string }>;

/** The body of a problem; `type` leads to where the reference explains it. */
export type Problem = {
  type: string;
  status: number;
  title: string;
  detail: string;
  requestId: string;
  /** Of input that is not valid: what, by a JSON pointer or a query's name. */
  errors?: { pointer: string; detail: string }[];
};

type Where = { origin: string; requestId: string };

/** The problem that a refusal is. */
export function refusalProblem(refusal: Refusal, { origin, requestId }: Where): Problem {
  const { status, title } = refusalProblems[refusal.kind];
  return {
    type: typeOf(refusal.kind, origin),
    status,
    title,
    detail: refusalMessage(refusal),
    requestId,
    ...(refusal.kind === "invalid_input" ? { errors: errorsOf(refusal.fields) } : {}),
  };
}

/** The problem that the door itself has with a request. */
export function doorProblem(
  kind: DoorProblem,
  detail: string,
  { origin, requestId }: Where,
): Problem {
  const { status, title } = doorProblems[kind];
  return { type: typeOf(kind, origin), status, title, detail, requestId };
}

function typeOf(kind: string, origin: string): string {
  return `${origin}/docs/api#problem-${kind}`;
}

function errorsOf(fields: Record<string, string>): NonNullable<Problem["errors"]> {
  return Object.entries(fields).map(([path, detail]) => ({
    pointer:
      path === ""
        ? ""
        : `/${path.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll(".", "/")}`,
    detail,
  }));
}
