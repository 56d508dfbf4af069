import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { renderUserData } from "#lib/domain/boot/cloud-config";

// cloud-init itself is the judge, as Debian packages it.
const python = "/usr/bin/python3";
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ingot-cloud-config-"));
  const found = spawnSync("cloud-init", ["--version"]);
  if (found.error) {
    throw new Error("cloud-init is not installed. Install it: apt-get install cloud-init");
  }
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function judge(userData: string) {
  const file = path.join(directory, "user-data");
  writeFileSync(file, userData);
  return spawnSync("cloud-init", ["schema", "--config-file", file], { encoding: "utf8" });
}

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
