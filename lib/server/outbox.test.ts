import { expect, test } from "vitest";
import { openOutbox } from "#lib/server/outbox";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (chunk: Uint8Array | undefined) => new TextDecoder().decode(chunk);

function given() {
  let ends = 0;
  const box = openOutbox({ overflow: bytes("all"), ended: () => ends++ });
  const reader = box.body.getReader();
  const next = async () => text((await reader.read()).value);
  return { box, reader, next, ends: () => ends };
}

test("a slow reader is skipped to the newest of each topic, and nothing else is kept", async () => {
  const { box, next, ends } = given();
  box.put("a", bytes("a0"));
  for (let n = 1; n <= 1_000; n++) {
    box.put("a", bytes(`a${n}`));
    box.put("b", bytes(`b${n}`));
  }
  box.put("end", bytes("end"));
  // One was on its way when the reader fell behind.
  expect([await next(), await next(), await next(), await next()]).toEqual([
    "a0",
    "a1000",
    "b1000",
    "end",
  ]);
  box.close();
  expect(ends()).toBe(1);
});

test("a reader that waits gets each message as it comes", async () => {
  const { box, next } = given();
  for (const message of ["a", "b", "c"]) {
    const arriving = next();
    box.put("topic", bytes(message));
    expect(await arriving).toBe(message);
  }
});

test("hints of more things than anyone can want are one hint that all may have changed", async () => {
  const { box, next } = given();
  box.put("first", bytes("first"));
  for (let n = 0; n < 10_000; n++) box.put(`topic-${n}`, bytes(`topic-${n}`));
  expect(await next()).toBe("first");
  expect(await next()).toBe("all");
});

test("a reader that leaves is told of once, and what is put afterwards goes nowhere", async () => {
  const { box, reader, ends } = given();
  await reader.cancel();
  box.put("a", bytes("a"));
  box.beat(bytes("b"));
  box.close();
  expect(ends()).toBe(1);
});
