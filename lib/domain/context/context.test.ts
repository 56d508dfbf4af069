import fc from "fast-check";
import { expect, test } from "vitest";
import { contextProblems, nameProblem, pathProblem } from "#lib/domain/context/context";

test.each([
  ["HTTPS_PROXY", undefined],
  ["https_proxy", undefined],
  ["_X1", undefined],
  ["1X", "Use letters"],
  ["A-B", "Use letters"],
  ["A=B", "Use letters"],
  ["A\nB", "Use letters"],
  ["", "Use letters"],
  ["A".repeat(65), "Use letters"],
  ["INGOT_LAUNCH", "Ingot's own"],
  ["ingot_x", "Ingot's own"],
  ["PATH", "the shell's own"],
  ["UID", "the shell's own"],
])("the name %j", (name, problem) => {
  if (problem) expect(nameProblem(name)).toContain(problem);
  else expect(nameProblem(name)).toBeUndefined();
});

test.each([
  ["/etc/apt/apt.conf.d/90proxy", undefined],
  ["/opt/a+b@1.0/x,y=z:1", undefined],
  ["/etc/ingotx", undefined],
  ["etc/motd", "beginning with a slash"],
  ["", "beginning with a slash"],
  ["/", "no empty part"],
  ["/etc/", "no empty part"],
  ["/etc//motd", "no empty part"],
  ["/etc/../root/x", "without . and .."],
  ["/etc/./motd", "without . and .."],
  ["/etc/a b", "letters, digits"],
  ["/etc/a\nb", "letters, digits"],
  ["/etc/é", "letters, digits"],
  ["/etc/$(id)", "letters, digits"],
  [`/${"a".repeat(255)}`, "at most 255"],
  ["/etc/ingot/launch.json", "Ingot writes there itself"],
  ["/etc/ingot", "Ingot writes there itself"],
  ["/var/lib/ingot/hooks.url", "Ingot writes there itself"],
  ["/var/lib/cloud/scripts/per-boot/x.sh", "cloud-init keeps"],
  ["/etc/cloud/cloud.cfg", "what cloud-init does"],
  ["/root/.ssh/authorized_keys", "keys are put there"],
  ["/home/ubuntu/.bashrc", "before the user"],
  ["/tmp/x", "emptied"],
  ["/run/x", "next start"],
  ["/proc/x", "holds no files"],
])("the path %j", (path, problem) => {
  if (problem) expect(pathProblem(path)).toContain(problem);
  else expect(pathProblem(path)).toBeUndefined();
});

test("a path that is taken is the one that a file system makes of it", () => {
  const part = fc.constantFrom("a", "..", ".", "", "etc", "ingot", "b c", "\0");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const path = `/${parts.join("/")}`;
      if (pathProblem(path) !== undefined) return true;
      return new URL(`file://${path}`).pathname === path && !path.startsWith("/etc/ingot/");
    }),
  );
});

test("what is wrong is said where it was entered", () => {
  const file = { path: "/etc/motd", mode: "0644", content: "" };
  expect(
    contextProblems(
      [
        { name: "A", value: "" },
        { name: "A", value: "" },
        { name: "TOKEN", value: "" },
      ],
      [file, { ...file, mode: "4755" }],
      ["TOKEN"],
    ),
  ).toEqual({
    "variables.1.name": "A is set above already.",
    "variables.2.name": "TOKEN is a secret of this context already.",
    "files.1.path": "/etc/motd is written above already.",
    "files.1.mode": "Write a mode such as 0644 or 0600.",
  });
  const long = { ...file, content: "é".repeat(65 * 1024) };
  expect(contextProblems([], [long], [])).toEqual({
    "files.0.content": "All files together have 128 KiB at most; these have 130 KiB.",
  });
});
