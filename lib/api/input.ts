import { z } from "zod";
import type { DoorProblem } from "#lib/api/problem";
import type { AnyRoute } from "#lib/api/route";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { fieldMessages } from "#lib/schemas/field-messages";
import { readUnknown } from "#lib/schemas/read-unknown";
import { textUpTo } from "#lib/schemas/text-up-to";

type Invalid = RefusalOf<"invalid_input">;

/** Reads the query of a request. A name that means nothing here is refused: it may be misspelt. */
export function readQuery(route: AnyRoute, asked: URLSearchParams): Result<unknown, Invalid> {
  const twice = [...asked.keys()].find((name) => asked.getAll(name).length > 1);
  if (twice !== undefined) return invalid({ [twice.slice(0, 60)]: "Given more than once." });
  const query = (route.query ?? z.object({})).strict().safeParse(Object.fromEntries(asked));
  return query.success ? ok(query.data) : invalid(fieldMessages(query.error));
}

const usualBytes = 64 * 1024;

/** Reads the body of a request that has one, no further than its limit. */
export async function readBody(
  route: AnyRoute,
  request: Request,
): Promise<Result<unknown, Invalid | { door: DoorProblem; detail: string }>> {
  if (!route.body) return ok(undefined);
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    return refuse({ door: "not_json" as const, detail: "Send Content-Type: application/json." });
  }
  const most = route.mostBytes ?? usualBytes;
  const text = await textUpTo(request, most);
  if (text === null) {
    return refuse({
      door: "too_large" as const,
      detail: `At most ${most.toLocaleString("en")} bytes.`,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse({ door: "malformed" as const, detail: "The body is not JSON." });
  }
  const body = readUnknown(route.body, value);
  return body.success ? ok(body.data) : invalid(fieldMessages(body.error));
}

function invalid(fields: Record<string, string>) {
  return refuse({ kind: "invalid_input" as const, fields });
}
