import { mostPerMinute, type Paced } from "#lib/domain/access/pace";
import type { ProjectRole } from "#lib/domain/access/role";
import type { Proof } from "#lib/domain/access/second-factor";
import type { EnvironmentCommand, EnvironmentState } from "#lib/domain/environment/state";
import { statesAllowing } from "#lib/domain/environment/state";

/** What a refusal names when it says that something is not there. */
export type Resource =
  | "tenant"
  | "project"
  | "environment"
  | "template"
  | "profile"
  | "image"
  | "node"
  | "node type"
  | "site"
  | "rack"
  | "member"
  | "user"
  | "SSH key"
  | "session"
  | "operation"
  | "certificate"
  | "pool"
  | "reservation"
  | "network driver"
  | "reason"
  | "silence"
  | "service account"
  | "API token"
  | "identity provider"
  | "group role"
  | "linked sign-in"
  | "second factor"
  | "passkey"
  | "invitation"
  | "provider"
  | "hook run"
  | "dry run"
  | "approval"
  | "fabric"
  | "fabric manager"
  | "webhook"
  | "delivery"
  | "hold"
  | "action"
  | "config context"
  | "secret";

/** Every "no" that a person can meet. A closed union: a new one does not compile until it has words. */
export type Refusal =
  | { kind: "not_found"; resource: Resource }
  /** An act of weight, and its person last proved that it is they too long ago: how they can again. */
  | { kind: "proof_due"; by: readonly Proof[] }
  /** `needs`: the project role that is asked for, where the permission alone is not enough. */
  | { kind: "forbidden"; permission: string; by?: "role" | "token"; needs?: ProjectRole }
  | { kind: "invalid_input"; fields: Record<string, string> }
  | { kind: "name_taken"; resource: Resource; name: string }
  | { kind: "wrong_state"; command: EnvironmentCommand; state: EnvironmentState }
  | { kind: "not_now"; reason: string; advice: string }
  | {
      kind: "quota_exceeded";
      scope: "tenant" | "project";
      what: string;
      requested: number;
      limit: number;
      used: number;
    }
  | { kind: "no_capacity"; profile: string; requested: number; free: number }
  | { kind: "in_use"; resource: Resource; by: string[] }
  | { kind: "sign_in_failed" }
  | { kind: "passwords_off" }
  | { kind: "second_factor_due" }
  | { kind: "too_many_attempts"; retryAfterSeconds: number }
  | { kind: "too_fast"; what: Paced; retryAfterSeconds: number }
  | { kind: "last_owner" };

export type RefusalKind = Refusal["kind"];
export type RefusalOf<K extends RefusalKind> = Extract<Refusal, { kind: K }>;

/** What is wrong, then what to do: one or two sentences for the person who asked. */
export function refusalMessage(refusal: Refusal): string {
  switch (refusal.kind) {
    case "not_found":
      return `There is no such ${refusal.resource}, or it is not yours to see.`;
    case "forbidden":
      if (refusal.by === "token") {
        return `This token does not include "${refusal.permission}". Make one that does.`;
      }
      if (refusal.needs) {
        return `This is for a project ${refusal.needs}. Ask one to do it, or to change your role.`;
      }
      return `Your role does not include "${refusal.permission}". Ask an owner or admin to do it, or to change your role.`;
    case "invalid_input": {
      const [first] = Object.values(refusal.fields);
      return first ?? "Some of what was entered is not valid.";
    }
    case "name_taken":
      return `A ${refusal.resource} named "${refusal.name}" exists already. Choose another name.`;
    case "wrong_state":
      return `The environment is ${refusal.state}. Only an environment that is ${orList(statesAllowing(refusal.command))} can be told to ${refusal.command}.`;
    case "not_now":
      return `${refusal.reason} ${refusal.advice}`.trim();
    case "quota_exceeded": {
      const left = Math.max(0, refusal.limit - refusal.used);
      return `This needs ${refusal.requested} ${refusal.what} and ${left} of the ${refusal.scope}'s ${refusal.limit} ${left === 1 ? "is" : "are"} left. Take fewer nodes, release an environment, or ask for more quota.`;
    }
    case "no_capacity":
      return `This needs ${refusal.requested} ${refusal.requested === 1 ? "node" : "nodes"} of ${refusal.profile} and ${refusal.free} ${refusal.free === 1 ? "is" : "are"} free. Take fewer, choose another profile, or try again when one has been released.`;
    case "in_use":
      return `The ${refusal.resource} is in use by ${refusal.by.slice(0, 3).join(", ")}${refusal.by.length > 3 ? ` and ${refusal.by.length - 3} more` : ""}. Release that first.`;
    case "sign_in_failed":
      return "The email address and the password do not match. Check both and try again.";
    case "passwords_off":
      return "Passwords and passkeys are for operators only here. Sign in with your company's provider.";
    case "second_factor_due":
      return "The password is right. Show your second factor to go on.";
    case "proof_due":
      return refusal.by.length > 0
        ? `This needs a fresh proof that it is you: ${orList(refusal.by.map(proofWords))}. Then do it again.`
        : "This needs a fresh proof that it is you, and you have nothing left here to give it with. Sign out, and in again; if you cannot then, ask an operator to remove your second factors.";
    case "too_many_attempts":
      return `Too many tries. Wait ${refusal.retryAfterSeconds} seconds and try again.`;
    case "too_fast":
      return refusal.what === "launch"
        ? `A project launches at most ${mostPerMinute.launch} environments a minute. Wait ${seconds(refusal.retryAfterSeconds)} and launch again.`
        : `That was more than ${mostPerMinute[refusal.what]} ${refusal.what}s within a minute. Wait ${seconds(refusal.retryAfterSeconds)} and do it again.`;
    case "last_owner":
      return "A tenant keeps at least one owner. Make someone else an owner first.";
  }
}

function seconds(count: number): string {
  return count === 1 ? "a second" : `${count} seconds`;
}

function proofWords(proof: Proof): string {
  switch (proof.kind) {
    case "passkey":
      return "a passkey";
    case "code":
      return "a code";
    case "password":
      return "your password";
    case "provider":
      return `a sign-in at ${proof.label}`;
  }
}

function orList(words: readonly string[]): string {
  return words.length < 2
    ? (words[0] ?? "")
    : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
