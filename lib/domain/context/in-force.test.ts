import { expect, test } from "vitest";
import { anInput } from "#e2e/fixtures/hooks";
import { renderUserData } from "#lib/domain/boot/cloud-config";
import { previewUserData } from "#lib/domain/boot/preview";
import { contextsInForce, overlapWords } from "#lib/domain/context/in-force";
import { contextOnNode, joinSecrets, partSecrets } from "#lib/domain/context/on-node";

const file = (content: string) => ({ path: "/etc/registry.conf", mode: "0644", content });
const base = {
  name: "base",
  source: "template" as const,
  variables: { URL: "https://base", CACHE: "/cache", ONLY: "base" },
  secrets: { TOKEN: "base-token", KEY: "base-key" },
  files: [file("base")],
};
const team = {
  name: "team",
  source: "project" as const,
  variables: { URL: "https://team", KEY: "not secret any more" },
  secrets: { ONLY: "team-only" },
  files: [file("team"), { ...file("x"), path: "/etc/x" }],
};

test("a project stands before a template, what is entered before both, and a secret stays one", () => {
  const given = contextOnNode([base, team], { cache: "/fast", other: 1 }, { token: "entered" });
  expect(given).toEqual({
    variables: { CACHE: "/fast", KEY: "not secret any more", URL: "https://team" },
    secrets: { ONLY: "team-only", TOKEN: "entered" },
    files: [file("team"), { ...file("x"), path: "/etc/x" }],
  });
  // Of two contexts of one place, the one that was attached later.
  const second = { ...base, name: "second", variables: { URL: "https://second" } };
  expect(contextOnNode([base, second], {}, {}).variables.URL).toBe("https://second");
});

test("an input sets nothing that no context sets, and one without a value leaves what is there", () => {
  expect(contextOnNode([base], { elsewhere: "x" }, {}).variables).toEqual(base.variables);
  expect(contextOnNode([], { cache: "/fast" }, { token: "entered" })).toEqual({
    ...{ variables: {}, secrets: {}, files: [] },
  });
});

test("who sets a name twice is said in words, and which stands", () => {
  const named = [base, team].map((each) => ({ ...each, secrets: Object.keys(each.secrets) }));
  expect(overlapWords(contextsInForce(named, ["cache"]))).toEqual([
    "CACHE is set by base (template) and the template's input cache: the template's input cache stands.",
    "KEY is set by base (template) and team (project): team (project) stands.",
    "ONLY is set by base (template) and team (project): team (project) stands.",
    "URL is set by base (template) and team (project): team (project) stands.",
    "/etc/registry.conf is set by base (template) and team (project): team (project) stands.",
  ]);
});

test("secrets of both kinds are sealed together and come apart again", () => {
  const both = joinSecrets({ token: "a" }, { token: "b" });
  expect(partSecrets(both)).toEqual({ inputs: { token: "a" }, context: { token: "b" } });
});

const seed = {
  hostname: "training-1",
  defaultUser: "ubuntu",
  authorizedKeys: ["ssh-ed25519 AAAAC3 ada@laptop"],
  extra: { packages: [], commands: [["true"]] },
  phoneHomeUrl: "http://10.0.0.1:81/p/abc",
  eventUrl: "http://10.0.0.1:81/e/abc",
};

test("a node finds the files where they belong, and variables and secrets in its environment", () => {
  const text = renderUserData({
    ...seed,
    files: base.files,
    launch: { inputs: { a: 1 }, outputs: {}, context: { URL: "it's\nhere" } },
    secrets: joinSecrets({ b: "input" }, { TOKEN: "$(id)" }),
  });
  const { write_files: files } = JSON.parse(text.slice("#cloud-config\n".length));
  expect(files[0]).toEqual({
    path: "/etc/registry.conf",
    owner: "root:root",
    permissions: "0644",
    content: "base",
  });
  expect(JSON.parse(files[1].content)).toEqual({
    inputs: { a: 1, b: "input" },
    outputs: {},
    context: { URL: "it's\nhere", TOKEN: "$(id)" },
  });
  expect(files[2].content).toBe(
    "URL='it'\\''s\nhere'\nTOKEN='$(id)'\nINGOT_INPUT_A='1'\nINGOT_INPUT_B='input'\n",
  );
  const elsewhere = [{ ...file(""), path: "/etc/ingot/launch.json" }];
  expect(() => renderUserData({ ...seed, files: elsewhere })).toThrow("a file at");
});

const profile = {
  ...{ name: "gpu-8x", gpuSharing: "none" as const, containerRuntime: "runc" as const },
  storageClasses: [],
};

test("a preview shows variables and files, and no secret", () => {
  const version = { bootConfig: seed.extra, inputs: [], hooks: [] };
  const node = { hostname: "workers-1", defaultUser: "user", isInstalled: false, profile };
  const text = previewUserData(version, [{ ...base, secrets: ["TOKEN"] }], node);
  expect(text).toContain("https://base");
  expect(text).toContain("/etc/registry.conf");
  expect(text).toContain("TOKEN='••••••'");
  expect(previewUserData(version, [], node)).not.toContain("INGOT_");
  const shaped = { ...node, profile: { ...profile, gpuSharing: "mig" as const } };
  expect(previewUserData(version, [], shaped)).toContain("INGOT_GPU_SHARING='mig'");
  // An image that goes to a disk carries what says at later boots that it is up.
  expect(previewUserData(version, [], node)).not.toContain("/s/");
  const installed = previewUserData(version, [], { ...node, isInstalled: true });
  expect(installed).toContain("/var/lib/cloud/scripts/per-boot/ingot-started.sh");
  // A long file is cut, also one of a single line; what was entered is not.
  const blob = { ...base, secrets: [], files: [{ ...file("y".repeat(2_000)), path: "/etc/blob" }] };
  const long = previewUserData(
    { ...version, inputs: [anInput({ name: "note", type: "text" })] },
    [blob],
    {
      ...{ ...node, entered: { note: "x".repeat(2_000) } },
    },
  );
  expect(long).toContain("y… (1000 characters more)");
  expect(long).toContain("x".repeat(2_000));
  // What cannot be told is said in its place.
  const root = previewUserData(version, [], { ...node, defaultUser: "-u" });
  expect(root).toBe('cloud-init cannot be told this: user name "-u".');
});
