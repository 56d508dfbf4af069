import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judge } from "#e2e/fixtures/cloud-init";
import { MemoryBootStore, noLeases, noScripts } from "#lib/boot/memory-store.test-support";
import { startBootServer } from "#lib/boot/server";
import { renderUserData } from "#lib/domain/boot/cloud-config";
import { exampleValues } from "#lib/domain/template/example-values";
import { checkInputs } from "#lib/domain/template/input-values";
import { starters } from "#lib/domain/template/starters";

// cloud-init itself is the judge, as Debian packages it.
const python = "/usr/bin/python3";
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ingot-cloud-config-"));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const seed = {
  hostname: "training-1",
  defaultUser: "ubuntu",
  authorizedKeys: ["ssh-ed25519 AAAAC3 ada@laptop", "ssh-rsa AAAAB3 bob"],
  extra: {
    packages: ["nvidia-driver-580", "jq=1.6-2.1"],
    commands: [
      ["sh", "-c", 'printf "%s\\n" "- a: b" # no'],
      ["echo", "é 😀 \u2028 \u0085 \u007f \ufeff: {{ ds }}"],
    ],
  },
  phoneHomeUrl: "http://10.0.0.1:81/p/abc",
  eventUrl: "http://10.0.0.1:81/e/abc",
};

test("cloud-init finds the configuration valid, with and without a template's additions", () => {
  // A file of a config context, with all that a text can have.
  const files = [{ path: "/etc/motd", mode: "0644", content: "- a: b # é 😀\n{{ ds }}\n" }];
  for (const extra of [seed.extra, { packages: [], commands: [] }]) {
    for (const defaultUser of ["ubuntu", "root"]) {
      const verdict = judge(renderUserData({ ...seed, defaultUser, extra, files }));
      expect(verdict.stdout + verdict.stderr).toContain("Valid cloud-config");
      expect(verdict.status).toBe(0);
    }
  }
});

test("what the six starters boot and ask is valid, whatever their inputs are", () => {
  for (const { id, bootConfig, inputs } of starters) {
    const entered = { ...exampleValues(inputs), share: "storage.example.org:/datasets" };
    const known = Object.fromEntries(
      Object.entries(entered).filter(([name]) => inputs.some((input) => input.name === name)),
    );
    const checked = checkInputs(inputs, known);
    if (!checked.ok) throw new Error(`${id}: ${JSON.stringify(checked.refusal)}`);
    const launch = { inputs: checked.value.values, outputs: {} };
    for (const extra of [bootConfig, { packages: [], commands: [] }]) {
      const verdict = judge(renderUserData({ ...seed, extra, launch }));
      expect(verdict.stdout + verdict.stderr, id).toContain("Valid cloud-config");
    }
  }
});

test("cloud-init's own source for EC2 reads the seed, walking the tree as on EC2", async () => {
  const log = pino({}, { write: () => {} });
  const store = new MemoryBootStore("secret of this test");
  const window = store.open({ kernel: null, initrd: null });
  window.scriptPeer = "127.0.0.1";
  if (window.seed) window.seed.authorizedKeys = seed.authorizedKeys;
  const server = await startBootServer({
    ...{ host: "127.0.0.1", port: 0, secret: "secret of this test", imageDirectory: directory },
    ...{ store, scripts: noScripts, leases: noLeases, log },
  });
  try {
    const script = `
import json
from cloudinit import helpers
from cloudinit.sources.DataSourceEc2 import CloudNames, DataSourceEc2
paths = helpers.Paths({"cloud_dir": ${JSON.stringify(directory)}, "run_dir": ${JSON.stringify(directory)}})
source = DataSourceEc2({}, None, paths)
source._cloud_name = CloudNames.UNKNOWN
source.ds_cfg = {"metadata_urls": ["http://127.0.0.1:${server.port}"], "max_wait": 20, "timeout": 10}
found = source.crawl_metadata()
source.metadata = found["meta-data"]
print(json.dumps([found["_metadata_api_version"], found["meta-data"], found["user-data"].decode(),
                  source.get_public_ssh_keys(), source.get_instance_id(), source.availability_zone]))
`;
    const read = await promisify(execFile)(python, ["-c", script], { timeout: 60_000 });
    const [version, metaData, userData, keys, instance, zone] = JSON.parse(read.stdout);
    expect(version).toBe("2021-03-23");
    expect(metaData).toMatchObject({ "local-hostname": "training-1", "local-ipv4": "127.0.0.1" });
    expect(judge(userData).stdout).toContain("Valid cloud-config");
    expect([keys, instance, zone]).toEqual([seed.authorizedKeys, window.seed?.instanceId, "Oslo"]);
    expect(window.userDataGiven).toBe(true);
  } finally {
    await server.close();
  }
});

test("a node whose hooks run scripts carries what runs them", () => {
  const userData = renderUserData({ ...seed, hooksUrl: "http://10.0.0.1:81/h/abc" });
  expect(judge(userData).stdout).toContain("Valid cloud-config");
  const files: { path: string; permissions: string; content: string }[] = JSON.parse(
    userData.replace("#cloud-config\n", ""),
  ).write_files;
  const contentOf = (name: string) => files.find((file) => file.path.endsWith(name))?.content ?? "";
  expect(contentOf("/hooks.url")).toBe("http://10.0.0.1:81/h/abc\n");
  expect(files.every((file) => file.permissions === "0600" || file.permissions === "0700")).toBe(
    true,
  );
  const shell = spawnSync("sh", ["-n"], { input: contentOf("/ingot-hooks.sh"), encoding: "utf8" });
  expect(shell.stderr).toBe("");
  // The oldest Python that a system with cloud-init still has.
  const read = ["-c", "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 6))"];
  const program = contentOf("/run-hooks.py");
  expect(spawnSync(python, read, { input: program, encoding: "utf8" }).stderr).toBe("");
});

test("a system that is installed also says at every later boot that it is up", () => {
  const userData = renderUserData({ ...seed, startedUrl: "http://10.0.0.1:81/s/abc" });
  expect(judge(userData).stdout).toContain("Valid cloud-config");
  const [script] = JSON.parse(userData.replace("#cloud-config\n", "")).write_files;
  // A shell reads it as it was meant, and Python what the shell gives it.
  const [, program] = script.content.split(/<<'END'\n|END\n$/);
  const read = ["-c", "import ast, sys; ast.parse(sys.stdin.read())"];
  expect(spawnSync(python, read, { input: program, encoding: "utf8" }).stderr).toBe("");
  expect(spawnSync("sh", ["-n"], { input: script.content, encoding: "utf8" }).stderr).toBe("");
});

test("cloud-init objects to a configuration that is wrong, so its verdict means something", () => {
  const verdict = judge(renderUserData(seed).replace('"tries":200', '"tries":"lots"'));
  expect(verdict.status).not.toBe(0);
  expect(verdict.stdout + verdict.stderr).toContain("phone_home.tries");
});

test("cloud-init's YAML reader sees what was written, character for character", () => {
  const userData = renderUserData(seed);
  // `sys.stdout.buffer` since a half character would fail here, as it does in cloud-init.
  const script =
    "import json, sys, yaml; sys.stdout.buffer.write(json.dumps(yaml.safe_load(sys.stdin.buffer.read()), ensure_ascii=False).encode())";
  const read = spawnSync(python, ["-c", script], { input: userData, encoding: "utf8" });
  expect(read.stderr).toBe("");
  expect(JSON.parse(read.stdout)).toEqual(JSON.parse(userData.replace("#cloud-config\n", "")));
});
