import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { ownerOfRunning } from "#db/embedded";
import { expectFirm } from "#e2e/fixtures/firm-form";
import { lookAt } from "#e2e/fixtures/look";
import { expect, test } from "#e2e/fixtures/portal";
import { freePort } from "#e2e/free-port";
import { firstRunLink } from "#lib/commands/first-run-link";
import { systemEnvironment } from "#lib/config/env";

// What `npm start` runs, with an empty database, beside the portal that the other tests share.

let directory: string;
let program: ChildProcess;
let origin: string;
/** As its output had it. */
let link: string;

test.beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "ingot-start-"));
  // Postgres runs as another user, and passes through here.
  await chmod(directory, 0o711);
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  program = spawn(process.execPath, ["lib/launch/start.ts"], {
    env: {
      ...systemEnvironment(process.env),
      INGOT_DATA_DIRECTORY: directory,
      INGOT_PORT: String(port),
      INGOT_BOOT_PORT: String(await freePort()),
      INGOT_LOG_LEVEL: "warn",
    } as unknown as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "inherit"],
  });
  link = await printedLink(program);
});

test.afterAll(async () => {
  const ended = once(program, "exit");
  program.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  await rm(directory, { recursive: true });
});

/** The link that is printed once everything runs. Throws with all that was said when it ends before. */
async function printedLink({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error("its output is not read");
  const said: string[] = [];
  for await (const line of createInterface({ input: stdout })) {
    said.push(line);
    const [, printed] = /^Make the first operator at (\S+)$/.exec(line) ?? [];
    if (printed) {
      stdout.resume();
      return printed;
    }
  }
  throw new Error(`npm start ended:\n${said.join("\n")}`);
}

test("the setup link that npm start prints makes the first operator, once", async ({ page }) => {
  await page.goto(origin);
  await expect(page.getByRole("heading", { name: "This link no longer works" })).toBeVisible();

  await page.goto(link);
  await expect(page.getByRole("heading", { name: "Create the first operator" })).toBeVisible();
  await lookAt(page, "first-run", { door: "/setup" });
  await expectFirm(page, page.getByRole("main"), {
    name: "set up Ingot",
    file: "components/account/setup-form.tsx",
    submit: "Create the first operator",
  });
  await page.getByLabel("Your name").fill("Ines Duarte");
  await page.getByLabel("Email address").fill("ines@ingot.example");
  await page.getByLabel("Password").fill("passwordpassword1234");
  await page.getByRole("button", { name: "Create the first operator" }).click();
  await expect(page.getByText(/first passwords an attacker tries/)).toBeVisible();

  await page.getByLabel("Password").fill("four quiet unrelated words");
  await page.getByRole("button", { name: "Create the first operator" }).click();
  await expect(page).toHaveURL(`${origin}/fleet`);

  await page.goto(link);
  await expect(page.getByRole("heading", { name: "Ingot is set up" })).toBeVisible();
  const databaseUrl = await ownerOfRunning(path.join(directory, "postgres"));
  expect(await firstRunLink(databaseUrl ?? "", origin)).toBeNull();
});
