import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

// The migrations say what the schema says: a copy of them needs no further one.

const copy = mkdtempSync(path.join(tmpdir(), "ingot-migrations-"));
try {
  cpSync("db/migrations", copy, { recursive: true });
  const before = readdirSync(copy).length;
  const { status, stdout, stderr } = spawnSync(
    "node_modules/.bin/drizzle-kit",
    // drizzle-kit puts "./" before whatever it is given.
    [
      ...["generate", "--dialect", "postgresql", "--schema", "./db/schema/*.ts"],
      ...["--out", path.relative(".", copy)],
    ],
    { encoding: "utf8" },
  );
  if (status !== 0) {
    console.error(`${stdout}${stderr}`);
    process.exitCode = 1;
  } else if (readdirSync(copy).length !== before) {
    console.error("db/schema says more than db/migrations. Run: npm run migration");
    process.exitCode = 1;
  }
} finally {
  rmSync(copy, { recursive: true });
}
