import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "#lib/boot/read-body";
import type { ScriptRoute } from "#lib/boot/route";
import type { DueScript, FoldLog, ScriptStore } from "#lib/boot/script-store";
import { openInputs, sealInputs } from "#lib/boot/sealed-inputs";
import { sendText } from "#lib/boot/send";
import type { BootWindow } from "#lib/boot/store";
import type { Log } from "#lib/config/log";
import { heardHeader } from "#lib/domain/boot/hook-runner";
import { maskPiece, maskSecrets, maskValue } from "#lib/domain/hook/mask";
import { judgeScript, type ScriptReport, scriptLimits } from "#lib/domain/hook/script";
import { storable, storableValue } from "#lib/domain/storable";
import { runnerName, scriptReport } from "#lib/schemas/boot";

const pieceLimitBytes = 256 * 1024;
const reportLimitBytes = 256 * 1024;
const json = { "content-type": "application/json" };

/**
 * What a node that runs scripts of hooks gets, and what becomes of what it sends. Values of secrets, which
 * the window or the script has sealed, are hidden before anything is kept.
 */
export class ScriptAnswers {
  readonly #store: ScriptStore;
  readonly #secret: string;
  readonly #log: Log;
  readonly #waitSeconds: number;
  readonly #idleSeconds: number;
  readonly #restSeconds: number;

  constructor(input: {
    scripts: ScriptStore;
    secret: string;
    log: Log;
    waitSeconds: number;
    idleSeconds: number;
    restSeconds: number;
  }) {
    this.#waitSeconds = input.waitSeconds;
    this.#idleSeconds = input.idleSeconds;
    this.#restSeconds = input.restSeconds;
    this.#store = input.scripts;
    this.#secret = input.secret;
    this.#log = input.log;
  }

  async answer(
    route: ScriptRoute,
    window: BootWindow,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (route.name === "hook-next") return this.#sendNext(window, response);
    const due = await this.#store.find(window, route.run);
    // For what has ended there is nothing more to fetch or to say: a report that comes again is one.
    if (!due) return sendText(response, 410, "not open\n");
    switch (route.name) {
      case "hook-script":
        return sendText(response, 200, due.script.text);
      case "hook-values":
        return sendText(response, 200, JSON.stringify(await this.#store.outputs(due)), json);
      case "hook-begin": {
        const runner = runnerName.safeParse(await readBody(request, 1_024));
        if (!runner.success) return sendText(response, 400, "not the name of a runner\n");
        const begins = { name: runner.data, isHeard: request.headers[heardHeader] !== undefined };
        return this.#say(response, await this.#store.begin(window, due.id, begins));
      }
      case "hook-log": {
        const text = await readBody(request, pieceLimitBytes);
        const piece = { offset: route.offset, bytes: Buffer.byteLength(text) };
        // Opened where they are needed: a piece that says nothing comes so that its runner is heard, and often.
        const fold = this.#fold(due, () => this.#secretsOf(window, due), storable(text), false);
        return this.#say(response, await this.#store.addToLog(window, due.id, { ...piece, fold }));
      }
      case "hook-end":
        return this.#takeEnd(window, due, request, response);
    }
  }

  async #sendNext(window: BootWindow, response: ServerResponse): Promise<void> {
    const next = await this.#store.next(window);
    if (!next) {
      const farSeconds = window.isHandedOver ? this.#restSeconds : this.#idleSeconds;
      const waitSeconds = (await this.#store.isNear(window)) ? this.#waitSeconds : farSeconds;
      return sendText(response, 200, JSON.stringify({ waitSeconds }), json);
    }
    const { id, hook, point, attempt, hostname, script, action, inputs, secondsLeft } = next;
    const answer = {
      ...{ run: id, hook, point, attempt, hostname, action, inputs, seconds: secondsLeft },
      dryRun: "dryRunId" in next.of,
      sha256: createHash("sha256").update(script.text).digest("hex"),
      logBytes: scriptLimits.logBytes,
      outputBytes: scriptLimits.outputBytes,
    };
    return sendText(response, 200, JSON.stringify(answer), json);
  }

  async #takeEnd(
    window: BootWindow,
    due: DueScript,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const report = parseReport(await readBody(request, reportLimitBytes));
    if (!report) return sendText(response, 400, "not a report of a script\n");
    const judged = judgeScript(report, due.script.outputs, due.seconds);
    const secrets = this.#secretsOf(window, due);
    const verdict = {
      ...judged,
      words: storable(maskSecrets(judged.words, secrets)),
      // Made storable first, so that no NUL parts a secret which is whole without it.
      outputs:
        judged.outputs &&
        (maskValue(storableValue(judged.outputs), secrets) as Record<string, unknown>),
    };
    const fold = this.#fold(due, () => secrets, "", true);
    return this.#say(response, await this.#store.end(window, due.id, { verdict, fold }));
  }

  #say(response: ServerResponse, isTaken: boolean): Promise<void> {
    return sendText(response, isTaken ? 200 : 410, isTaken ? "ok\n" : "not taken\n");
  }

  #secretsOf({ id, sealedInputs }: BootWindow, due: DueScript): string[] {
    return [
      ...(sealedInputs ? Object.values(openInputs(this.#secret, id, sealedInputs)) : []),
      ...(due.sealedSecrets
        ? Object.values(openInputs(this.#secret, due.id, due.sealedSecrets))
        : []),
    ];
  }

  /** Hides secrets also where one comes in two pieces: the end that may begin one waits for the next. */
  #fold(due: DueScript, secrets: () => string[], text: string, isLast: boolean): FoldLog {
    return (sealedEnd) => {
      const end = sealedEnd ? this.#endOf(due, sealedEnd) : "";
      const { kept, held } = maskPiece(end + text, secrets(), isLast);
      return {
        kept,
        sealedEnd: held ? sealInputs(this.#secret, due.id, { end: held }) : null,
      };
    };
  }

  /** A boot server of a version before sealed it for the window: better without it than never to an end. */
  #endOf({ id }: DueScript, sealedEnd: string): string {
    try {
      return openInputs(this.#secret, id, sealedEnd).end ?? "";
    } catch (error) {
      this.#log.warn({ error, scriptRun: id }, "the held end of a script's log does not open");
      return "";
    }
  }
}

function parseReport(text: string): ScriptReport | undefined {
  try {
    return scriptReport.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
