import { expect, test } from "vitest";
import { createLog } from "#lib/config/log";
import {
  createEventStreams,
  type EventStream,
  mostOfTenant,
  mostOfToken,
} from "#lib/server/event-streams";

// Streams whose readers take nothing; what they carry to those who read is seen where the API is.

const log = createLog("event streams test", "fatal");
const longMs = 300_000;
const event = { type: "environment.ready", data: { id: "ntf_1" } };

const stream = (more: Partial<EventStream> = {}): EventStream => ({
  ...{ tenantId: "tnt_1", tokenId: "tok_1", hears: ["tnt_1", "tok_1"] },
  // More than any reader has room for.
  next: async () => Array.from({ length: 20 }, () => event),
  endsInMs: async () => longMs,
  signal: new AbortController().signal,
  ...more,
});

/** Opens as many streams as there may be, and gives what tries one more. */
function given(streams: ReturnType<typeof createEventStreams>, more: Partial<EventStream>) {
  while (streams.open(stream(more)) !== null);
  return () => streams.open(stream(more)) !== null;
}

async function textOf(body: ReadableStream<Uint8Array> | null): Promise<string> {
  return new Response(body).text();
}

test("what is read as its token ends is not sent", async () => {
  const streams = createEventStreams({ log, beatMs: longMs });
  let good = true;
  const next = async () => {
    good = false;
    return [event];
  };
  const open = streams.open(stream({ next, endsInMs: async () => (good ? longMs : null) }));
  expect(await textOf(open)).toBe("retry: 2000\n\n");
});

test("what was read as the database went away is sent once it is back, and once", async () => {
  const streams = createEventStreams({ log, beatMs: 20 });
  const news = [[event], []];
  // Asked twice while it is away: with what was read, and alone.
  const answers = [new Error("away"), new Error("away"), longMs, null];
  const endsInMs = async () => {
    const answer = answers.shift() ?? null;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const text = await textOf(
    streams.open(stream({ next: async () => news.shift() ?? [], endsInMs })),
  );
  expect(text.split(event.data.id)).toHaveLength(3);
});

test("one that cannot be read ends with its token all the same", async () => {
  const streams = createEventStreams({ log, beatMs: longMs });
  const next = () => Promise.reject(new Error("this tenant takes too long"));
  const open = streams.open(stream({ next, endsInMs: async () => null }));
  expect(await textOf(open)).toBe("retry: 2000\n\n");
});

test("one whose reader takes nothing ends as soon as its token is told of as revoked", async () => {
  const streams = createEventStreams({ log, beatMs: longMs, blockMs: longMs });
  let good = true;
  let asked = 0;
  const endsInMs = async () => {
    asked++;
    return good ? longMs : null;
  };
  const oneMore = given(streams, { endsInMs });
  await expect.poll(() => asked).toBe(mostOfToken);
  // Told of what is no end to it, it asks and stays.
  streams.tell("tok_1");
  await expect.poll(() => asked).toBe(2 * mostOfToken);
  expect(oneMore()).toBe(false);
  good = false;
  streams.tell("tok_1");
  await expect.poll(oneMore).toBe(true);
});

test("one whose reader takes nothing ends at a heartbeat after its token has, and in the end anyway", async () => {
  for (const [limits, endsInMs] of [
    [{ beatMs: 20, blockMs: longMs }, null],
    [{ beatMs: longMs, blockMs: 20 }, longMs],
  ] as const) {
    let now: number | null = longMs;
    const streams = createEventStreams({ log, ...limits });
    const oneMore = given(streams, { endsInMs: async () => now });
    now = endsInMs;
    await expect.poll(oneMore).toBe(true);
  }
});

test("no tenant has more than its share", () => {
  const streams = createEventStreams({ log, beatMs: longMs });
  const ending = new AbortController();
  const of = (tenantId: string, n: number) =>
    streams.open(stream({ tenantId, tokenId: `${tenantId} ${n}`, signal: ending.signal }));
  for (let n = 0; n < mostOfTenant; n++) expect(of("tnt_1", n)).not.toBeNull();
  expect(of("tnt_1", mostOfTenant)).toBeNull();
  expect(of("tnt_2", 0)).not.toBeNull();
  ending.abort();
  expect(of("tnt_1", mostOfTenant)).not.toBeNull();
});
