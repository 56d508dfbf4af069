import type { NextRequest } from "next/server";
import { comesFromOwnPage } from "#lib/access/own-origin";
import { readSettings } from "#lib/config/env";
import { refusalMessage } from "#lib/domain/refusal";
import { launchUserDataInput } from "#lib/schemas/environment";
import { fieldMessages } from "#lib/schemas/field-messages";
import { readJson } from "#lib/schemas/read-unknown";
import { textUpTo } from "#lib/schemas/text-up-to";
import { projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { problem } from "#lib/server/problem";
import { launchUserData } from "#lib/views/launch-user-data";

/** What a form can hold: sixty inputs of the longest text. */
const mostBytes = 2 * 1024 * 1024;

/**
 * What cloud-init would be told of what a form holds: `?tenant=…&project=…`, the form as the body, so that
 * nothing that was entered stands in an address. Changes nothing. What no launch would take is answered with
 * a sentence.
 */
export async function POST(request: NextRequest): Promise<Response> {
  if (!comesFromOwnPage(request.headers, readSettings().origin)) {
    return problem(403, "This is asked by pages of Ingot alone.");
  }
  const grant = await projectApiGrant(request.nextUrl.searchParams, "environment.launch");
  if (!grant.ok) return grant.refusal;
  const text = await textUpTo(request, mostBytes);
  const input = readJson(launchUserDataInput, text ?? "");
  if (!input.success) {
    const fields = fieldMessages(input.error);
    return problem(400, refusalMessage({ kind: "invalid_input", fields }));
  }
  const told = await launchUserData(database(), grant.value, input.data);
  if (!told.ok) return problem(400, refusalMessage(told.refusal));
  return Response.json(told.value, { headers: { "cache-control": "no-store" } });
}
