import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { newId } from "#lib/domain/id";
import { templateProblems } from "#lib/domain/template/check-template";
import { joinWords, splitWords } from "#lib/domain/template/command-line";
import { starters, templateFrom } from "#lib/domain/template/starters";
import { createTemplateInput } from "#lib/schemas/template";

test("there are six to begin with", () => {
  expect(new Set(starters.map((starter) => starter.id)).size).toBe(6);
});

test.for(starters)("$title can be created and published as it is", (starter) => {
  const input = templateFrom(starter, () => newId("profile"));
  expect(createTemplateInput.parse(input)).toMatchObject({ name: starter.id });
  expect(templateProblems(starter.inputs, [], [])).toEqual([]);
});

test.for(starters)(
  "the commands of $title are the same when they were shown in the form",
  (starter) => {
    for (const words of starter.bootConfig.commands) {
      const line = joinWords(words);
      expect(line).not.toContain("\n");
      expect(splitWords(line)).toEqual(words);
    }
  },
);

/** What a read me speaks of, and the package that brings it. */
const packages = {
  ...{ git: "git", "git-lfs": "git-lfs", tmux: "tmux", "| parallel": "parallel", pigz: "pigz" },
  ...{ rclone: "rclone", zstd: "zstd", nftables: "nftables", compilers: "build-essential" },
  ...{ "python3 ": "python3-venv", ibv_devinfo: "ibverbs-utils", "Open MPI": "openmpi-bin" },
  ...{ "findmnt /data": "nfs-common", "is-active containerd": "containerd", "sudo curl": "curl" },
};

test.for(starters)(
  "the read me of $title has commands to follow, and speaks of what is there alone",
  ({ readme, bootConfig, inputs }) => {
    const blocks = [...readme.matchAll(/^```sh\n(.+?)\n```$/gms)].map(([, text = ""]) => text);
    expect(readme.match(/^```/gm)).toHaveLength(blocks.length * 2);
    expect(blocks.join("\n")).toContain("cloud-init status --wait");
    for (const block of blocks) {
      expect(spawnSync("bash", ["-n"], { input: block, encoding: "utf8" }).stderr).toBe("");
    }
    // A page names each block by its first line.
    const names = blocks.map((block) => block.split("\n")[0]);
    expect(new Set(names).size).toBe(blocks.length);

    // Inputs: each by its label, and as the nodes find it.
    const labels = [...readme.matchAll(/\*\*(.+?)\*\*/g)].map(([, label]) => label);
    expect(new Set(labels)).toEqual(new Set(inputs.map(({ label }) => label)));
    const variables = inputs.map(({ name }) => `INGOT_INPUT_${name.toUpperCase()}`);
    for (const named of readme.match(/INGOT_INPUT_\w+/g) ?? []) expect(variables).toContain(named);

    const places = bootConfig.commands.flatMap((words) => words.at(-1) ?? []);
    for (const [place] of readme.matchAll(/\/opt\/[a-z]+/g)) expect(places).toContain(place);
    for (const [words, name] of Object.entries(packages)) {
      if (readme.includes(words)) expect(bootConfig.packages, words).toContain(name);
    }

    // The way in, the data, and the end; on a page.
    for (const words of ["*Access*", "USER@ADDRESS", "*Release*", "drive"]) {
      expect(readme).toContain(words);
    }
    const lines = readme.split("\n").filter((line) => line !== "" && !line.startsWith("```"));
    expect(lines.length).toBeLessThanOrEqual(30);
  },
);
