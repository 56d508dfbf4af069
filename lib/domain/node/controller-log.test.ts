import { expect, test } from "vitest";
import {
  type ControllerLogEntry,
  type LogCursor,
  newEntries,
} from "#lib/domain/node/controller-log";

const path = "/redfish/v1/Systems/1/LogServices/SEL/Entries";
const entry = (id: number | null, minute: number, message = `entry ${id}`): ControllerLogEntry => ({
  id: id === null ? null : String(id),
  at: new Date(Date.UTC(2026, 0, 5, 8, minute)).toISOString(),
  severity: "critical",
  message,
});
const look = (cursor: LogCursor, ...entries: ControllerLogEntry[]) => {
  const told = newEntries(cursor, [{ path, entries }]);
  return { fresh: told.fresh.map(({ message }) => message), cursor: told.cursor };
};

test("an entry is new once: not at the first look, and not when it is read again", () => {
  const first = look({}, entry(2, 2), entry(1, 1));
  expect(first.fresh).toEqual([]);
  const second = look(first.cursor, entry(4, 4), entry(3, 3), entry(2, 2));
  expect(second.fresh).toEqual(["entry 4", "entry 3"]);
  expect(look(second.cursor, entry(4, 4), entry(3, 3)).fresh).toEqual([]);
});

test("what is kept of an entry can be stored, wherever its words are cut", () => {
  const { cursor } = look({}, entry(1, 1, `${"x".repeat(39)}😀`));
  expect(cursor[path]?.every((key) => key.isWellFormed())).toBe(true);
});

test("the first entry of an empty log is new", () => {
  expect(look(look({}).cursor, entry(1, 1)).fresh).toEqual(["entry 1"]);
});

test("a cleared log counts from one again, and what it tells is new", () => {
  const before = look({}, entry(41, 1), entry(40, 0));
  const cleared = look(before.cursor, entry(2, 9, "fan failed"), entry(1, 8, "cleared"));
  expect(cleared.fresh).toEqual(["fan failed", "cleared"]);
  // Also where it has grown beyond where it was, or is read while it is empty.
  const again = look(before.cursor, entry(41, 30, "again"), entry(40, 29, "more"));
  expect(again.fresh).toEqual(["again", "more"]);
  const empty = look(before.cursor);
  expect(look(empty.cursor, entry(1, 8, "cleared")).fresh).toEqual(["cleared"]);
});

test("an older entry that comes into sight when another is removed is not new", () => {
  const before = look({}, entry(9, 9), entry(8, 8));
  expect(look(before.cursor, entry(9, 9), entry(7, 7)).fresh).toEqual([]);
});

test("entries without ids are told apart by their time and words", () => {
  const before = look({}, entry(null, 1, "a"));
  expect(look(before.cursor, entry(null, 2, "b"), entry(null, 1, "a")).fresh).toEqual(["b"]);
});

test("logs are read each by itself", () => {
  const other = "/redfish/v1/Managers/1/LogServices/Log";
  const first = newEntries({}, [{ path, entries: [entry(1, 1)] }]);
  // One that could not be read keeps its place.
  const both = newEntries(first.cursor, [{ path: other, entries: [entry(7, 1)] }]);
  expect(both.fresh).toEqual([]);
  const last = newEntries(both.cursor, [
    { path, entries: [entry(2, 2)] },
    { path: other, entries: [entry(8, 2)] },
  ]);
  expect(last.fresh.map(({ id }) => id)).toEqual(["2", "8"]);
});
