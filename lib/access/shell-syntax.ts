import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import type { SQL } from "drizzle-orm";
import type { Database } from "#db/client";
import { templateVersions } from "#db/schema/catalogue";
import type { AnyGrant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import {
  type Shell,
  type ShellText,
  type SyntaxFinding,
  shellTexts,
  syntaxWords,
} from "#lib/domain/hook/shell-text";
import type { Id } from "#lib/domain/id";

// A shell that is told to read and not to run (`-n`, POSIX sh) looks at what operators write. It gets the
// text by its standard input, no environment, and little time.

/** Of one text, and of all that are asked about together. */
const deadlineMs = 2_000;
const allTogetherMs = 6_000;
const mostAnswerBytes = 4_096;
const places = ["/bin", "/usr/bin"] as const;

/**
 * How each is asked, until one way takes the text. With `-n` bash does not carry out the `shopt -s extglob`
 * of a script, and takes none of the patterns that need it, so it is asked with them too.
 */
const ways: Readonly<Record<Shell, readonly (readonly string[])[]>> = {
  sh: [["-n"]],
  bash: [["-n"], ["-O", "extglob", "-n"]],
};

/** What a shell answered to a text is its answer for good, as long as this process lives. */
const answers = new Map<string, Answer>();
const mostAnswers = 1_000;

type Answer = { verdict: "ok" | "wrong"; said: string };

/**
 * What shells say of the syntax of versions, which never change, by version. Of a text that no shell of
 * this machine has looked at that is said, and why.
 */
export async function syntaxOfVersions(
  db: Database,
  grant: AnyGrant,
  which: SQL | undefined,
): Promise<Map<Id<"templateVersion">, SyntaxFinding[]>> {
  const { id, hooks, bootConfig } = templateVersions;
  const rows = await withGrant(db, grant, (tx) =>
    tx.select({ id, hooks, bootConfig }).from(templateVersions).where(which),
  );
  const found = new Map<Id<"templateVersion">, SyntaxFinding[]>();
  for (const row of rows) found.set(row.id, await checkSyntax(shellTexts(row)));
  return found;
}

/** Asks about these texts, one after the other. */
export async function checkSyntax(texts: readonly ShellText[]): Promise<SyntaxFinding[]> {
  const findings: SyntaxFinding[] = [];
  const until = performance.now() + allTogetherMs;
  for (const { of, shell, reader, text } of texts) {
    const unchecked = (why: string): SyntaxFinding => ({
      ...{ of, verdict: "unchecked" },
      words: `${of}: its syntax was not checked: ${why}.`,
    });
    if (!shell) {
      findings.push(unchecked(`${reader} reads it, and only what sh and bash read is looked at`));
      continue;
    }
    const answer =
      performance.now() < until ? await answerOf(shell, text) : "there was no time left for it";
    if (typeof answer === "string") findings.push(unchecked(answer));
    else if (answer.verdict === "ok") findings.push({ of, verdict: "ok", words: "" });
    else if (await bashTakesIt(reader, text)) {
      const why = `sh here does not take it (${syntaxWords(answer.said)}), bash does, and which of them sh is depends on the image`;
      findings.push(unchecked(why));
    } else {
      const words = `${of}: ${shell} does not take it: ${syntaxWords(answer.said)}.`;
      findings.push({ of, verdict: "wrong", words });
    }
  }
  return findings;
}

/** Whether what is said to be for `sh` is right where sh is bash, as on images of the RHEL family. */
async function bashTakesIt(reader: string, text: string): Promise<boolean> {
  if (reader.split("/").at(-1) !== "sh") return false;
  const answer = await answerOf("bash", text);
  return typeof answer !== "string" && answer.verdict === "ok";
}

async function answerOf(by: Shell, text: string): Promise<Answer | string> {
  const key = `${by} ${createHash("sha256").update(text).digest("base64")}`;
  const earlier = answers.get(key);
  if (earlier) return earlier;
  for (const place of places) {
    let answer: Answer | string = "absent";
    for (const options of ways[by]) {
      answer = await ask(`${place}/${by}`, options, text);
      if (typeof answer === "string" || answer.verdict === "ok") break;
    }
    if (answer === "absent") continue;
    if (typeof answer !== "string") {
      if (answers.size >= mostAnswers) answers.clear();
      answers.set(key, answer);
    }
    return answer;
  }
  return `no ${by} is installed where the portal runs`;
}

/** `absent`: the program is not there; any other text is why nothing was answered. */
function ask(program: string, options: readonly string[], text: string): Promise<Answer | string> {
  const { promise, resolve } = Promise.withResolvers<Answer | string>();
  const child = spawn(program, options, {
    cwd: "/",
    // Of ours it needs none; Next's types want the second.
    env: { LC_ALL: "C", NODE_ENV: "production" },
    stdio: ["pipe", "ignore", "pipe"],
    timeout: deadlineMs,
    killSignal: "SIGKILL",
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    said = (said + part).slice(0, mostAnswerBytes);
  });
  // It may have ended before it has read all.
  child.stdin.on("error", () => undefined).end(text);
  child.on("error", (error: NodeJS.ErrnoException) =>
    resolve(error.code === "ENOENT" ? "absent" : `it could not be asked: ${error.message}`),
  );
  child.on("close", (code, signal) => {
    // `killed` is true of what the deadline ended, and not of what the system did.
    if (child.killed) resolve(`${program} gave no answer within ${deadlineMs / 1_000} seconds`);
    else if (code === null) resolve(`${program} was ended by ${signal} before it answered`);
    else resolve({ verdict: code === 0 ? "ok" : "wrong", said });
  });
  return promise;
}
