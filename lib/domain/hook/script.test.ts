import fc from "fast-check";
import { expect, test } from "vitest";
import { hookPoints } from "#lib/domain/hook/hook";
import { maskPiece, maskSecrets, maskValue } from "#lib/domain/hook/mask";
import {
  judgeScript,
  keepRunner,
  type ScriptReport,
  scriptProblems,
} from "#lib/domain/hook/script";
import {
  answerEntry,
  type KeptLog,
  lastWritten,
  longestAnswers,
  longestLog,
  readLog,
  withMore,
} from "#lib/domain/hook/script-log";

test("what is wrong with a script is told before it is published", () => {
  const good = "#!/bin/bash\necho hello\n";
  const hook = {
    ...{ script: { text: good, outputs: [] }, point: "after_bootstrap" as const },
    ...{ seconds: 60, executeOnce: false },
  };
  const told = (text: string, outputs: string[] = [], seconds = 60) =>
    scriptProblems({ ...hook, script: { text, outputs }, seconds });
  expect(told(good, ["MODEL_PATH"])).toEqual([]);
  expect(scriptProblems({ ...hook, script: null })).toEqual(["it has no script"]);
  expect([
    told("echo hello"),
    told("#!/bin/bash\r\necho\r\n"),
    told(`#!/bin/bash\n${"é".repeat(33_000)}`),
    told(good, ["a-b", "X", "X"], 86_400),
  ]).toMatchInlineSnapshot(`
    [
      [
        "the first line of its script does not say what reads it, as in #!/bin/bash",
      ],
      [
        "its script has line ends of Windows (CR LF, 2 of them), at which a shell on Linux stumbles",
      ],
      [
        "its script is longer than 64 KiB (65 KiB)",
      ],
      [
        "a script runs for 12 hours at most",
        "its output "a-b" has a name that no shell can set",
        "it names an output twice",
      ],
    ]
  `);
  const once = { ...hook, executeOnce: true };
  expect(scriptProblems(once)).toEqual([expect.stringMatching(/^a script after the first boot/)]);
  expect(scriptProblems({ ...once, point: "before_validate" })).toHaveLength(1);
  expect(scriptProblems({ ...once, point: "after_start" })).toEqual([]);
  const points = hookPoints.filter((point) => scriptProblems({ ...hook, point }).length === 0);
  expect(points).toEqual([
    ...["after_bootstrap", "before_validate", "after_validate"],
    ...["on_success", "on_failure", "on_completion"],
    ...["after_start", "before_stop", "before_release", "on_action"],
  ]);
  // What a boot carries needs no runner that outlasts it.
  const staying = points.filter((point) => keepRunner([{ kind: "script", point }]));
  expect(staying).toEqual([
    ...["on_success", "on_failure", "on_completion"],
    ...["before_stop", "before_release", "on_action"],
  ]);
  expect(keepRunner([{ kind: "http", point: "on_action" }])).toBe(false);
  // What a wait asks with is one; a wait for its time alone has none.
  const { script } = hook;
  expect(keepRunner([{ kind: "wait", script, point: "before_stop" }])).toBe(true);
  expect(keepRunner([{ kind: "wait", script: null, point: "before_stop" }])).toBe(false);
});

test("what a script wrote last is told in a line of at most 200 characters", () => {
  expect(lastWritten("")).toBe("");
  expect(lastWritten("\n \r\n")).toBe("");
  expect(lastWritten("one\ntwo\n\n  three\r\n\u001b[1mfour\n")).toBe("two / three / [1mfour");
  const long = lastWritten("🙂".repeat(300));
  expect(long).toBe(`…${"🙂".repeat(100)}`);
  expect(lastWritten(`x${"🙂".repeat(99)}y`)).toBe(`x${"🙂".repeat(99)}y`);
  expect(lastWritten(`${"🙂".repeat(100)}y`)).toBe(`…${"🙂".repeat(99)}y`);
});

test("every way in which a script ends has its words", () => {
  const exit = (code: number, outputs = ""): ScriptReport => ({ result: "exit", code, outputs });
  const judge = (report: ScriptReport) => {
    const { state, words, exitCode, outputs } = judgeScript(report, ["PATH_OF", "N"], 60);
    return state === "succeeded" ? outputs : `${words} (${exitCode})`;
  };
  expect(judge(exit(0, "PATH_OF=/data=1\n\nN=3\nOTHER=x\n"))).toEqual({
    PATH_OF: "/data=1",
    N: "3",
  });
  expect(judge(exit(0, '{"N": 3, "PATH_OF": ["a"]}'))).toEqual({ N: 3, PATH_OF: ["a"] });
  const ends: ScriptReport[] = [
    exit(3),
    exit(0),
    exit(0, "N=1"),
    exit(0, "{ N"),
    exit(0, "hello there"),
    exit(0, `N=${"x".repeat(20_000)}`),
    { result: "signal", signal: 9 },
    { result: "timeout" },
    { result: "flood" },
    { result: "not_started", message: "No such file or directory" },
    { result: "interrupted", message: "No space left on device" },
    { result: "interrupted", message: "" },
  ];
  expect(ends.map(judge)).toMatchInlineSnapshot(`
    [
      "It ended with exit code 3. (3)",
      "It ended with exit code 0 and without its outputs: PATH_OF, N. (0)",
      "It ended with exit code 0 and without its outputs: PATH_OF. (0)",
      "It ended with exit code 0, but its outputs begin as JSON and are none. (0)",
      "It ended with exit code 0, but a line of its outputs is not NAME=value: hello there. (0)",
      "It ended with exit code 0, but its outputs are longer than 16 KiB. (0)",
      "Signal 9 ended it. (null)",
      "Its time was over (60 seconds for all attempts) and it was ended. (null)",
      "It wrote more than 16 MiB and was ended. (null)",
      "The node could not start it: No such file or directory. (null)",
      "The node could not go on with it: No space left on device. (null)",
      "Its runner or its node was started again while it ran. (null)",
    ]
  `);
});

test("no secret is kept, in however many pieces it comes", () => {
  const secret = fc.string({
    minLength: 4,
    maxLength: 12,
    unit: fc.constantFrom("a", "b", "\n", "x"),
  });
  fc.assert(
    fc.property(
      fc.array(
        secret.filter((text) => text.trim().length > 3),
        { minLength: 1, maxLength: 3 },
      ),
      fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\n", "x"), maxLength: 9 }), {
        maxLength: 9,
      }),
      (secrets, around) => {
        const text = around.join(secrets[0]);
        let held = "";
        let kept = "";
        for (let at = 0; at < text.length; at += 3) {
          const piece = maskPiece(held + text.slice(at, at + 3), secrets, false);
          kept += piece.kept;
          held = piece.held;
        }
        kept += maskPiece(held, secrets, true).kept;
        for (const each of secrets) expect(kept).not.toContain(each);
      },
    ),
  );
  expect(maskSecrets("token=s3cret; s3cret", ["s3cret"])).toBe("token=••••••; ••••••");
  expect(maskSecrets("first\nof it: second", ["first\nsecond"])).toBe("••••••\nof it: ••••••");
  const key = '{\n  "key": "s3cret"\n}\n';
  expect(maskSecrets('{ "n": 1 } "key": "s3cret"', [key])).toBe('{ "n": 1 } ••••••');
  expect(maskSecrets(`${key}pin 123`, [key, "123\n"])).toBe("••••••pin ••••••");
  expect(maskPiece("the tok", ["token"], false)).toEqual({ kept: "the ", held: "tok" });
  // What repeats itself may begin anew inside of what has begun.
  expect(maskPiece("xaaba", ["aabaac"], false)).toEqual({ kept: "x", held: "aaba" });
  expect(maskPiece("aabaab", ["aabaac"], false)).toEqual({ kept: "aab", held: "aab" });
  expect(maskPiece("the toke", ["token"], true)).toEqual({ kept: "the ••••••", held: "" });
  expect(maskValue({ a: ["x s3cret", 1, 42], s3cret: null }, ["s3cret", "42"])).toEqual({
    a: ["x ••••••", 1, "••••••"],
    "••••••": null,
  });
});

test("of what a script writes its beginning and its end are kept, however it comes", () => {
  const bytesOf = (text: string) => Buffer.byteLength(text);
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom("a", "é", "€", "😀"), fc.integer({ min: 0, max: 40_000 })),
        { maxLength: 5 },
      ),
      fc.constantFrom(longestLog, longestAnswers),
      (pieces, longest) => {
        const { head, tail } = longest;
        const texts = pieces.map(([text, times]) => text.repeat(times));
        const kept = texts.reduce<KeptLog>((log, text) => withMore(log, text, longest), {
          log: "",
          logTail: "",
          logLeftOut: 0,
        });
        const whole = texts.join("");
        expect(whole.startsWith(kept.log)).toBe(true);
        expect(whole.endsWith(kept.logTail)).toBe(true);
        const [first, last] = [bytesOf(kept.log), bytesOf(kept.logTail)];
        expect(first + kept.logLeftOut + last).toBe(bytesOf(whole));
        // No more than there is room for, and less by no more than a character.
        expect([first <= head, last <= tail]).toEqual([true, true]);
        if (kept.logLeftOut > 0) expect(first + last).toBeGreaterThan(head + tail - 8);
      },
    ),
    { numRuns: 200 },
  );
});

test("what came with each answer stands under its call, and where much came its middle is left out in words", () => {
  const said = ["a", "", "b"].map((log, n) => answerEntry({ call: n + 1, kind: "again", log }));
  const none: KeptLog = { log: "", logTail: "", logLeftOut: 0 };
  const all = (entries: string[]) =>
    readLog(entries.reduce((log, text) => withMore(log, text, longestAnswers), none));
  expect(all(said)).toBe("[call 1, again]\na\n[call 3, again]\nb\n");
  const much = Array.from({ length: 50 }, (_, n) =>
    answerEntry({ call: n + 1, kind: "again", log: "x".repeat(1_000) }),
  );
  expect(all(much)).toMatch(
    /^\[call 1, again\]\nx[\s\S]*\n\[\d+ bytes left out\]\n[\s\S]*call 50, again/,
  );
  expect(all(much).length).toBeLessThan(longestAnswers.head + longestAnswers.tail + 50);
});
