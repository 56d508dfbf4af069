import { expect, test } from "vitest";
import type { KeyRotation } from "#lib/launch/key-rotation";
import { isDone, wordsOf } from "#lib/launch/rotation-words";

const gone: KeyRotation = {
  key: "credential",
  ...{ givenBy: null, continued: false, resealed: [], unopened: [] },
  ...{ older: 1, retired: 1, left: 0, isGone: true },
};

const byOther = { givenBy: "INGOT_IDENTITY_SECRET", isGone: false, retired: 0 };

test.for<[Partial<KeyRotation>, boolean, string]>([
  [{}, true, "seals nothing any more and is gone"],
  [{ isGone: false, retired: 0, left: 2 }, false, "The old key stays, since it may still seal 2"],
  [
    { unopened: [{ table: "providers", column: "sealed_secret", row: { id: "prv_1" } }] },
    false,
    "providers.sealed_secret of prv_1 could not be opened by any key here",
  ],
  // Its tables were locked in every round, so that nothing could be counted.
  [{ isGone: false, retired: 0 }, false, "The old key stays: its tables were being written"],
  [{ ...byOther, older: 0 }, true, "put a new one before the old"],
  [{ ...byOther }, true, "take the old one out"],
  [{ ...byOther, left: 3 }, false, "Not yet: 3 are still sealed by another key"],
])("of %j it says whether all is done, and what became of the old key", ([came, done, words]) => {
  expect(isDone({ ...gone, ...came })).toBe(done);
  expect(wordsOf({ ...gone, ...came })).toContain(words);
});
