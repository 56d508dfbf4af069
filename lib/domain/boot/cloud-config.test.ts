import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { renderMetaData, renderUserData } from "#lib/domain/boot/cloud-config";
import type { LaunchValues } from "#lib/domain/boot/launch-values";

const seed = {
  hostname: "training-1",
  defaultUser: "ubuntu",
  authorizedKeys: ["ssh-ed25519 AAAAC3 ada@laptop"],
  extra: { packages: [] as string[], commands: [] as string[][] },
  phoneHomeUrl: "http://10.0.0.1:81/p/abc",
  eventUrl: "http://10.0.0.1:81/e/abc",
};
const header = "#cloud-config\n";

function read(text: string) {
  expect(text.startsWith(header)).toBe(true);
  return JSON.parse(text.slice(header.length));
}

test("a node is told its name, its user's keys, and where to report and phone home", () => {
  expect(renderUserData(seed)).toMatchInlineSnapshot(`
    "#cloud-config
    {"hostname":"training-1","users":[{"name":"ubuntu","lock_passwd":true,"ssh_authorized_keys":["ssh-ed25519 AAAAC3 ada@laptop"],"shell":"/bin/bash","sudo":"ALL=(ALL) NOPASSWD:ALL"}],"disable_root":true,"ssh_pwauth":false,"ssh_genkeytypes":["ed25519"],"reporting":{"ingot":{"type":"webhook","endpoint":"http://10.0.0.1:81/e/abc"}},"phone_home":{"url":"http://10.0.0.1:81/p/abc","post":["instance_id","hostname","fqdn","pub_key_ed25519"],"tries":200}}
    "
  `);
  expect(renderMetaData({ instanceId: "opr_1", hostname: "training-1" })).toBe(
    '{"instance-id":"opr_1","local-hostname":"training-1"}\n',
  );
});

test("an image whose user is root keeps root's login, by key only", () => {
  const config = read(renderUserData({ ...seed, defaultUser: "root" }));
  expect(config.disable_root).toBe(false);
  expect(config.users[0]).not.toHaveProperty("sudo");
});

test("packages and commands of the template come as lists, never as shell text", () => {
  const extra = {
    packages: ["nvidia-driver-580", "g++", "libc6:amd64", "jq=1.6-2.1"],
    commands: [["sh", "-c", "echo $(id) > /root/x; rm -rf /tmp/'a b'"]],
  };
  const config = read(renderUserData({ ...seed, extra }));
  expect(config.packages).toEqual(extra.packages);
  expect(config.runcmd).toEqual(extra.commands);
});

test.each([
  [
    "a package that is an option",
    { extra: { packages: ["-oAPT::Update::Pre-Invoke::=sh"], commands: [] } },
  ],
  ["a package that is a path", { extra: { packages: ["./evil.deb"], commands: [] } }],
  ["two packages in one", { extra: { packages: ["a b"], commands: [] } }],
  ["a user name that is an option", { defaultUser: "-G" }],
  ["a user name with a colon", { defaultUser: "a:0:0" }],
  ["a key of two lines", { authorizedKeys: ["ssh-ed25519 AAAA\nssh-ed25519 BBBB"] }],
  ["a command without a program", { extra: { packages: [], commands: [[]] } }],
  ["an argument with a NUL", { extra: { packages: [], commands: [["echo", "a\0b"]] } }],
  ["half a character", { extra: { packages: [], commands: [["echo", "\ud83d"]] } }],
])("%s is refused", (_, change) => {
  expect(() => renderUserData({ ...seed, ...change })).toThrow();
});

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        ...[
          '"',
          "'",
          "\\",
          "\n",
          "\r\n",
          "\t",
          ": ",
          "- ",
          "#",
          "{",
          "}",
          "[",
          "]",
          ",",
          "&a",
          "*a",
        ],
        ...["!!python/object", "|", ">", "%", "@", "`", "---", "...", "\u2028", "\u0085", "\ufeff"],
        ...[
          "runcmd:",
          '"phone_home":{"url":"http://evil"',
          "## template: jinja",
          "{{ ds }}",
          "é",
          "😀",
        ],
      ),
      { maxLength: 10 },
    )
    .map((parts) => parts.join("")),
);

test("no text escapes its place in the configuration (20,000 hostile texts)", {
  timeout: 60_000,
}, () => {
  let accepted = 0;
  const extra = { packages: [], commands: [["echo"]] };
  const keys = Object.keys(read(renderUserData({ ...seed, extra }))).join();
  fc.assert(
    fc.property(hostile, hostile, (first, second) => {
      const given = {
        ...seed,
        hostname: first,
        extra: { packages: [], commands: [["echo", first, second]] },
      };
      let text: string;
      try {
        text = renderUserData(given);
      } catch {
        return /\0|\p{Cs}/u.test(`${first}${second}`);
      }
      accepted++;
      const config = JSON.parse(text.slice(header.length));
      return (
        config.hostname === first &&
        JSON.stringify(config.runcmd) === JSON.stringify([["echo", first, second]]) &&
        Object.keys(config).join() === keys &&
        // One header and one line: nothing that a line-wise reader could take for another part.
        // Only characters beyond U+FFFF are not ASCII.
        /^#cloud-config\n[\x20-\x7e\u{10000}-\u{10ffff}]*\n$/u.test(text) &&
        // The ramdisk has no JSON parser and looks for this; no text of others can look like it.
        text.split('"phone_home":{"url":"').length === 2 &&
        text.split('"reporting":{"ingot":{"type":"webhook","endpoint":"').length === 2
      );
    }),
    { numRuns: 20_000 },
  );
  expect(accepted).toBeGreaterThan(10_000);
});

test("no key reaches another line of authorized_keys (20,000 hostile texts)", {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 3 }), (authorizedKeys) => {
      let text: string;
      try {
        text = renderUserData({ ...seed, authorizedKeys });
      } catch {
        return /[^\x20-\x7e]/.test(authorizedKeys.join(""));
      }
      const [user] = JSON.parse(text.slice(header.length)).users;
      return JSON.stringify(user.ssh_authorized_keys) === JSON.stringify(authorizedKeys);
    }),
    { numRuns: 20_000 },
  );
});

test("what was entered at the launch is in two files for root, and in the environment of commands", () => {
  const extra = { packages: [], commands: [["train", "--x=$INGOT_INPUT_NAME"]] };
  const launch = {
    inputs: { name: "it's $(id)\n`x`", list: ["a", "b"], none: null },
    outputs: { t: { n: 1 } },
    profile: {
      ...{ name: "gpu-8x", gpuSharing: "mig" as const, containerRuntime: "kata" as const },
      storageClasses: ["fast", "bulk"],
    },
  } satisfies LaunchValues;
  const config = read(renderUserData({ ...seed, extra, launch, secrets: { token: "s3cret" } }));
  const [json, shell] = config.write_files;
  expect([json.path, json.permissions, shell.permissions]).toEqual([
    "/etc/ingot/launch.json",
    "0600",
    "0600",
  ]);
  expect(JSON.parse(json.content)).toEqual({
    inputs: { ...launch.inputs, token: "s3cret" },
    outputs: launch.outputs,
    profile: launch.profile,
  });
  expect(shell.content).toContain(
    "INGOT_PROFILE='gpu-8x'\nINGOT_GPU_SHARING='mig'\nINGOT_CONTAINER_RUNTIME='kata'\nINGOT_STORAGE_CLASSES='fast,bulk'\n",
  );
  // One without a value is set, and empty.
  expect(shell.content).toContain("INGOT_INPUT_NONE=''\n");
  expect(config.runcmd).toEqual([
    [
      "sh",
      "-c",
      'set -a; . /etc/ingot/inputs.sh; exec "$@"',
      "ingot",
      ...(extra.commands[0] ?? []),
    ],
  ]);
  // A shell gives back what was entered, character for character.
  fc.assert(
    fc.property(fc.stringMatching(/^[^\0]{1,40}$/), (name) => {
      fc.pre(name.isWellFormed());
      const { content } = read(
        renderUserData({ ...seed, launch: { inputs: { name }, outputs: {} } }),
      ).write_files[1];
      const told = spawnSync("sh", ["-c", `${content}printf %s "$INGOT_INPUT_NAME"`]);
      expect(told.stdout.toString()).toBe(name);
    }),
    { numRuns: 50 },
  );
});
