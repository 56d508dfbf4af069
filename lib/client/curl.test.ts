import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { curlOf } from "#lib/client/curl";

const call = { method: "POST" as const, url: "https://ingot.example/api/v1/x?a=b&c=d" };

/** The words that a shell makes of a command. */
function words(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; };\ndate() { echo now; }\n${command}`;
  const env = { ...process.env, INGOT_TOKEN: "ingot_secret" };
  return execFileSync("sh", ["-c", script], { env }).toString().split("\0").slice(0, -1);
}

test("a shell reads the call as it is meant, whatever the body holds", () => {
  const body = { name: "it's", text: '$(reboot) `reboot` "quoted" \\ \n line', list: [1] };
  const read = words(curlOf(call, { body, keyed: true }));
  expect(read).toContain("Authorization: Bearer ingot_secret");
  expect(read).toContainEqual(expect.stringMatching(/^Idempotency-Key: now-\d+$/));
  expect(JSON.parse(read[read.indexOf("-d") + 1] ?? "")).toEqual(body);
  expect(read.at(-1)).toBe(call.url);
});

test("a question has no body and no key", () => {
  expect(curlOf({ method: "GET", url: "https://ingot.example/" })).toBe(
    `curl \\\n  -H "Authorization: Bearer $INGOT_TOKEN" \\\n  'https://ingot.example/'`,
  );
});
