import type { Output } from "#lib/drivers/ipmi/run-ipmitool";
import { ControllerError } from "#lib/ports/controller";

/**
 * The sign-in was judged and refused, in `ipmitool`'s words: the answer to the second message of
 * the key exchange does not fit the password (the controller was told nothing), or the controller
 * says itself that it knows no such user or grants no such privilege.
 */
const refusals =
  /RAKP \d(?: message)?(?: HMAC)? is invalid|RAKP [24] (?:HMAC|message) .*invalid|unauthorized (?:name|role)|unauthorized GUID|invalid integrity check value|insufficient privilege level for (?:the requested|session)|Activate Session error.*(?:privilege|authorized)|Set Session Privilege Level to \w+ failed/i;

/** The controller does not have the cipher suite. Nothing of the password was used by then. */
const unknownSuite =
  /invalid (?:authentication|integrity|confidentiality) algorithm|no matching (?:cipher suite|authentication|integrity)/i;

/** Every session slot is in use, or the controller asks for patience. */
const busy =
  /insufficient resources (?:to create|for) (?:a )?session|node busy|command not supported in present state|out of space|Device firmware in update/i;

export function isUnknownSuite({ stderr, stdout }: Output): boolean {
  return unknownSuite.test(stderr) || unknownSuite.test(stdout);
}

/** What it means to a caller that a command failed. */
export function failureOf(output: Output, command: string): ControllerError {
  const said = `${output.stderr}\n${output.stdout}`;
  if (refusals.test(said)) {
    return new ControllerError(
      "auth_failed",
      `the controller refused the sign-in: ${lastWords(said)}`,
      { retryable: false },
    );
  }
  const what = `${command}: ${lastWords(said)}`;
  if (busy.test(said)) return new ControllerError("busy", what, { retryable: true });
  if (/Unable to establish/.test(said)) {
    return new ControllerError("unreachable", `no answer to ${command}`, { retryable: true });
  }
  if (/invalid command|not supported|Invalid function/i.test(said)) {
    return new ControllerError("unsupported", what, { retryable: false });
  }
  return new ControllerError("rejected", what, { retryable: true });
}

/** What `ipmitool -v` says of its own work. */
const chatter =
  /^(Loading IANA|Running Get VSO|Discovered IPMB|Get HPM\.x|Error: Unable to establish|Using best|$)/;

/** The line that says most: the last that is no chatter. */
function lastWords(said: string): string {
  const lines = said.split("\n").map((line) => line.trim());
  const telling = lines.findLast((line) => !chatter.test(line)) ?? "it did not say why";
  return telling.replace(/^> /, "").slice(0, 300);
}
