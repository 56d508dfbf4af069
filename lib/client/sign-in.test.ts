import { afterEach, expect, test, vi } from "vitest";
import { beginAtProvider, signIn } from "#lib/client/sign-in";

const origin = "http://portal.example";
const notTaken = { url: `${origin}/api/auth/signin?csrf=true` };

afterEach(() => vi.unstubAllGlobals());

/** Answers forms with these, one after the other, and each question for a token with a new one; gives what was posted. */
function answering(...answers: object[]): URLSearchParams[] {
  const posted: URLSearchParams[] = [];
  let tokens = 0;
  vi.stubGlobal("fetch", async (_path: string, init?: { body: URLSearchParams }) => {
    if (!init) return Response.json({ csrfToken: `token-${++tokens}` });
    posted.push(init.body);
    return Response.json(answers[posted.length - 1] ?? notTaken);
  });
  return posted;
}

test("a form whose token another window has replaced is posted with a new one", async () => {
  const posted = answering(notTaken, { url: `${origin}/` });
  expect(await signIn("mia@example.com", "long enough")).toEqual({ ok: true, value: undefined });
  expect(posted.map((form) => form.get("csrfToken"))).toEqual(["token-1", "token-2"]);
  expect(posted[1]?.get("email")).toBe("mia@example.com");
});

test("where the browser keeps no token nobody is signed in, or led away, and it says why", async () => {
  const assign = vi.fn();
  const shown = { location: { assign } } as unknown as Window;
  const begin = () => beginAtProvider({ provider: "idp", next: "/" }, shown);
  for (const tried of [() => signIn("mia@example.com", "long enough"), begin]) {
    const posted = answering();
    expect(await tried()).toMatchObject({ ok: false, refusal: { kind: "not_now" } });
    expect(posted).toHaveLength(2);
  }
  expect(assign).not.toHaveBeenCalled();
});
