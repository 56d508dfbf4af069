import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { lead } from "#db/leader";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { createLog } from "#lib/config/log";

// Several processes ask to lead; one does, and another takes over when it is gone.

let database: GivenDatabase;
let candidates: ReturnType<typeof lead>[] = [];

beforeAll(async () => {
  database = await givenDatabase();
});
afterAll(() => database?.drop());
afterEach(async () => {
  await Promise.all(candidates.map((candidate) => candidate.stop()));
  candidates = [];
});

function givenCandidate() {
  const candidate = lead({
    url: database.url,
    role: "ingot_worker",
    key: 1,
    log: createLog("test", "fatal"),
    tryMs: 100,
  });
  candidates.push(candidate);
  return candidate;
}

const leaders = () => candidates.filter((candidate) => candidate.leads());
const untilOneLeads = () => expect.poll(() => leaders().length).toBe(1);

test("of five one leads, and another when it stops", async () => {
  for (let n = 0; n < 5; n++) givenCandidate();
  await untilOneLeads();
  const [first] = leaders();
  await first?.stop();
  await expect.poll(() => leaders().some((candidate) => candidate !== first)).toBe(true);
});

test("while the database is away nobody knows who leads, and then the one that led goes first", async () => {
  for (let n = 0; n < 4; n++) givenCandidate();
  await untilOneLeads();
  const [first] = leaders();
  await expect.poll(() => candidates.filter((one) => one.leads() === false)).toHaveLength(3);
  const superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  const { rows } = await superuser.query("select current_database() as name");
  const admit = (count: number) =>
    superuser.query(`alter database ${rows[0]?.name} connection limit ${count}`);
  await admit(0);
  await superuser.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like '% leadership' and datname = current_database()",
  );
  await expect.poll(() => candidates.map((one) => one.leads())).toEqual(candidates.map(() => null));
  await admit(-1);
  await superuser.end();
  await untilOneLeads();
  expect(leaders()).toEqual([first]);
});

test("one that is stopped while it is asking leaves nothing taken", async () => {
  const hasty = givenCandidate();
  await hasty.stop();
  givenCandidate();
  await untilOneLeads();
  expect(hasty.leads()).not.toBe(true);
});
