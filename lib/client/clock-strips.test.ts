import { expect, test } from "vitest";
import { clockStrips } from "#lib/client/clock-strips";

const grid = { fromMs: 0, stepMs: 10, count: 4 };
const gpu = (index: number, ...clockReasons: (number | null)[]) => ({
  ...{ gpu: index, metrics: {} },
  clockReasons,
});

test("each reason is told with the GPUs that it holds, and the power limit calmly", () => {
  const strips = clockStrips(
    [gpu(0, 0x4, 0x40, 0x40, null), gpu(1, 1, 0, 0x40, 0x80), gpu(2, 0x4, 0, 0, 0)],
    grid,
  );
  expect(strips).toEqual([
    {
      ...{ label: "Held back by heat, by the hardware: GPU 0, 1", kind: "attention" },
      spans: [
        { from: 10, to: 20, words: "heat, by the hardware: GPU 0" },
        { from: 20, to: 30, words: "heat, by the hardware: GPU 0, 1" },
      ],
    },
    {
      ...{ label: "Held back by power brake: GPU 1", kind: "attention" },
      spans: [{ from: 30, to: 40, words: "power brake: GPU 1" }],
    },
    {
      ...{ label: "Held back by power limit: GPU 0, 2", kind: "neutral" },
      spans: [{ from: 0, to: 10, words: "power limit: GPU 0, 2" }],
    },
  ]);
});

test("one stretch is one while the same GPUs are held, all of them in one word", () => {
  expect(clockStrips([gpu(0, 4, 4, 0, 4), gpu(1, 4, 4, 0, 4)], grid)[0]?.spans).toEqual([
    { from: 0, to: 20, words: "power limit: all 2 GPUs" },
    { from: 30, to: 40, words: "power limit: all 2 GPUs" },
  ]);
  expect(clockStrips([gpu(0, 1, 2, 0x10, null)], grid)).toEqual([]);
});
