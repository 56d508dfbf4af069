import { expect, test } from "vitest";
import { compareInventory } from "#lib/domain/node/node-type";
import { openDifferences } from "#lib/domain/node/variant";

const gpu = (slot: string, model: string) => ({
  slot,
  model,
  memoryGib: 80,
  serial: null,
  uuid: null,
  firmwareVersion: null,
});

function differencesOf(...models: string[]) {
  return compareInventory(
    { gpu: { model: "H100", count: models.length } },
    {
      system: {
        manufacturer: null,
        model: null,
        serial: null,
        uuid: null,
        sku: null,
        biosVersion: null,
      },
      cpus: [],
      memory: { totalGib: null, modules: [] },
      gpus: models.map((model, at) => gpu(`SXM${at}`, model)),
      drives: [],
      nics: [],
      firmware: [],
    },
  );
}

test("what was accepted is passed over, and the same in another part is not", () => {
  const accepted = differencesOf("H100", "A100", "H100").map(({ severity: _, ...seen }) => ({
    ...seen,
    ...{ reason: "a loan", by: "Olga", at: "2026-11-24T20:00:00Z" },
  }));
  expect(accepted).toHaveLength(1);
  expect(openDifferences(differencesOf("H100", "A100", "H100"), accepted)).toEqual([]);
  expect(openDifferences(differencesOf("H100", "A100", "A100"), accepted)).toHaveLength(1);
  expect(openDifferences(differencesOf("A100", "H100", "H100"), accepted)).toHaveLength(1);
});
