import { expect, test, vi } from "vitest";
import { createLog } from "#lib/config/log";
import { newId } from "#lib/domain/id";
import { type Feed, heardBy } from "#lib/domain/telemetry/feed";
import { createFanOut } from "#lib/server/fan-out";

const log = createLog("fan-out test", "fatal");

function givenNotice() {
  return {
    nodeId: newId("node"),
    environmentId: newId("environment"),
    projectId: newId("project"),
    atMs: 1_000,
    of: "gpus" as const,
  };
}

function feedOf(hears: string[]) {
  const read = vi.fn<Feed["read"]>(async (sinceMs) => ({ data: { sinceMs }, id: null }));
  return { key: hears.join(), topic: "gpus", hears, gapMs: 0, read };
}

const heard = () => {
  const messages: string[] = [];
  const reader = (_topic: string, message: Uint8Array) => {
    messages.push(new TextDecoder().decode(message));
  };
  return { messages, reader };
};

test("a feed is read once for all who follow it, and only when something of its own came", async () => {
  const [ours, others] = [givenNotice(), givenNotice()];
  const fanOut = createFanOut({ log });
  const feed = feedOf([heardBy.nodeOf(ours.environmentId, ours.nodeId)]);
  const readers = [heard(), heard(), heard()];
  for (const { reader } of readers) fanOut.follow(feed, reader, null);
  await expect.poll(() => readers.map(({ messages }) => messages.length)).toEqual([1, 1, 1]);
  feed.read.mockClear();

  // Whoever looks at all nodes hears of each.
  const all = feedOf([heardBy.fleet]);
  const operator = heard();
  const leave = fanOut.follow(all, operator.reader, null);
  fanOut.tell([others]);
  await expect.poll(() => operator.messages.length).toBe(2);
  leave();

  // The same node in another environment, the same environment's other node, a stranger.
  fanOut.tell([
    others,
    { ...others, nodeId: ours.nodeId },
    { ...others, environmentId: ours.environmentId },
  ]);
  fanOut.tell([ours]);
  await expect.poll(() => readers.map(({ messages }) => messages.length)).toEqual([2, 2, 2]);
  expect(feed.read.mock.calls).toEqual([[999]]);
  expect(readers[0]?.messages[1]).toBe(
    'event: feed\ndata: {"topic":"gpus","data":{"sinceMs":999}}\n\n',
  );
});

test("notices that come while a feed is read are one more read, from the earliest of them on", async () => {
  const notice = givenNotice();
  const fanOut = createFanOut({ log });
  const going: (() => void)[] = [];
  const read = vi.fn<Feed["read"]>(
    () => new Promise((done) => going.push(() => done({ data: {}, id: 1 }))),
  );
  const feed = { ...feedOf([heardBy.node(notice.nodeId)]), read };
  const { reader } = heard();
  const leave = fanOut.follow(feed, reader, null);
  await expect.poll(() => going.length).toBe(1);
  going.pop()?.();
  fanOut.tell([notice]);
  await expect.poll(() => going.length).toBe(1);
  for (const atMs of [3_000, 2_000, 4_000]) fanOut.tell([{ ...notice, atMs }]);
  going.pop()?.();
  await expect.poll(() => going.length).toBe(1);
  going.pop()?.();
  expect(read.mock.calls.slice(1)).toEqual([[999], [1_999]]);
  leave();
  fanOut.tell([notice]);
  expect(read).toHaveBeenCalledTimes(3);
});

test("a feed that cannot be read costs its readers a message, and nobody else anything", async () => {
  const [broken, sound] = [givenNotice(), givenNotice()];
  const fanOut = createFanOut({ log });
  const failing = feedOf([heardBy.node(broken.nodeId)]);
  failing.read.mockRejectedValue(new Error("the database is away"));
  const [unheard, told] = [heard(), heard()];
  fanOut.follow(failing, unheard.reader, null);
  fanOut.follow(feedOf([heardBy.node(sound.nodeId)]), told.reader, null);
  fanOut.tell([broken, sound]);
  await expect.poll(() => told.messages.length).toBe(2);
  expect(unheard.messages).toEqual([]);
});

test("a feed rests for as long as it usually takes to read, times eight, and no longer for one slow read", async () => {
  vi.useFakeTimers();
  try {
    const notice = givenNotice();
    const fanOut = createFanOut({ log });
    const takes = [20, 20, 20, 20, 20, 200, 20, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200];
    const begun: number[] = [];
    const read = vi.fn<Feed["read"]>(async () => {
      begun.push(performance.now());
      await new Promise((done) => setTimeout(done, takes[begun.length - 2] ?? 0));
      return { data: {}, id: null };
    });
    const feed = { ...feedOf([heardBy.fleet]), gapMs: 100, read };
    fanOut.follow(feed, heard().reader, null);
    // There is always something new: what is told while it rests is read at the rest's end.
    const telling = setInterval(() => fanOut.tell([notice]), 10);
    await vi.advanceTimersByTimeAsync(25_000);
    clearInterval(telling);
    const apart = begun.slice(1).map((at, read) => Math.round((begun[read + 2] ?? at) - at));
    // The usual: 20 ms of reading and 160 of rest. The slow one rests for 450 ms and not for 1,600.
    expect(apart.slice(0, 5)).toEqual([180, 180, 180, 180, 180]);
    expect(apart[5]).toBeLessThan(200 + 500);
    // One that has become slow rests for eight times of that before long.
    expect(apart[15]).toBeGreaterThan(200 + 1_300);
  } finally {
    vi.useRealTimers();
  }
});
