import { databaseAnswers } from "#lib/server/database";

/** Whether the portal can serve people: for a load balancer, which learns nothing else. */
export async function GET(): Promise<Response> {
  const up = await databaseAnswers();
  return Response.json(
    { status: up ? "ok" : "the database does not answer" },
    { status: up ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}
