import { healthRule } from "#lib/domain/health/rules";
import type {
  AccountChange,
  Audience,
  EnvironmentPlace,
  NoPlace,
  NotificationFact,
  NotificationKind,
  ToldAuditEvent,
} from "#lib/domain/notification/notification";

/** Each kind as a person chooses it. */
export const kindWords: Record<NotificationKind, string> = {
  "environment.ready": "An environment is ready",
  "environment.failed": "An environment failed",
  "environment.released": "An environment is released",
  "lease.ending": "A lease is about to end",
  "lease.ended": "A lease is over",
  "approval.asked": "An approval is asked for",
  "approval.decided": "An approval is decided",
  "health.critical": "A node is critical",
  "health.warning": "A node has a warning",
  "health.recovered": "A node is no longer critical",
  "operation.stuck": "An operation is stuck",
  "release.left_over": "A release has left something behind",
  "membership.changed": "Your own role changed",
  "account.changed": "How you sign in changed",
  "token.in_two_places": "An API token is used from two addresses",
  "audit.event": "Every event of the audit log",
  "webhook.test": "A test message",
};

/** What it asks of the reader: to act, to look, or nothing. */
export type Tone = "ok" | "attention" | "critical" | "neutral";

export const tones: Record<NotificationKind, Tone> = {
  "environment.ready": "ok",
  "environment.failed": "critical",
  "environment.released": "neutral",
  "lease.ending": "attention",
  "lease.ended": "attention",
  "approval.asked": "attention",
  "approval.decided": "neutral",
  "health.critical": "critical",
  "health.warning": "attention",
  "health.recovered": "ok",
  "operation.stuck": "critical",
  "release.left_over": "attention",
  "membership.changed": "neutral",
  "account.changed": "attention",
  "token.in_two_places": "attention",
  "audit.event": "neutral",
  "webhook.test": "neutral",
};

/** A notification in words: one line, and what there is to know besides, which may be empty. */
export function notificationWords(
  fact: NotificationFact,
  audience: Audience,
): { title: string; text: string } {
  switch (fact.kind) {
    case "environment.ready":
      return { title: `${fact.data.environment} is ready`, text: "" };
    case "environment.failed":
      return { title: `${fact.data.environment} failed`, text: fact.data.reason ?? "" };
    case "environment.released":
      return { title: `${fact.data.environment} is released`, text: fact.data.reason ?? "" };
    case "lease.ending":
      return {
        title: `The lease of ${fact.data.environment} ends soon`,
        text: `At ${moment(fact.data.endsAt)} its nodes are given back and wiped. Extend the lease or save what you need.`,
      };
    case "lease.ended":
      return {
        title: `The lease of ${fact.data.environment} is over`,
        text: "Its nodes are given back and wiped.",
      };
    case "approval.asked":
      return {
        title: `${fact.data.environment} waits for an approval`,
        text: `${fact.data.hook}, in ${fact.data.tenant}/${fact.data.project}.`,
      };
    case "approval.decided":
      return {
        title: `${fact.data.environment}: ${fact.data.hook} is ${fact.data.isApproved ? "approved" : "refused"}`,
        text: fact.data.words,
      };
    case "health.critical":
    case "health.warning": {
      const rule = healthRule(fact.data.code);
      const where = gpuOf(fact.data);
      return audience === "operators"
        ? {
            title: `${where}: ${rule?.title ?? fact.data.code}`,
            text: [
              fact.data.tenant !== null && `Held by ${fact.data.tenant}/${fact.data.project}.`,
              rule?.advice,
            ]
              .filter(Boolean)
              .join(" "),
          }
        : {
            title: `${where} of ${fact.data.environment} ${isMany(fact.data) ? "are" : "is"} not well`,
            text: rule?.plain ?? "",
          };
    }
    case "health.recovered": {
      const rule = healthRule(fact.data.code);
      return {
        title: `${gpuOf(fact.data)}${audience === "operators" ? "" : ` of ${fact.data.environment}`} ${isMany(fact.data) ? "have" : "has"} recovered`,
        text: `${rule?.title ?? fact.data.code} is past.`,
      };
    }
    case "operation.stuck":
      return { title: `An operation on ${fact.data.node} is stuck`, text: fact.data.reason };
    case "release.left_over": {
      const { environment, hook, reason, tenant, project } = fact.data;
      return {
        title: `The release of ${environment} has left something behind`,
        text: `Hook ${hook}, in ${tenant}/${project}: ${reason.replace(/\.$/, "")}. Run it again alone when its provider is in order.`,
      };
    }
    case "membership.changed":
      return membershipWords(fact.data);
    case "account.changed":
      return accountWords(fact.data);
    case "token.in_two_places": {
      const { token, account, addresses } = fact.data;
      return {
        title: `Token ${token}${account ? ` of ${account.name}` : ""} is used from two addresses`,
        text: `From ${addresses[0]}, and within ten minutes from ${addresses[1]}. A program behind a pool of addresses does so, too; if that is not it, revoke the token and make another.`,
      };
    }
    case "audit.event":
      return auditWords(fact.data.event);
    case "webhook.test":
      return {
        title: "A test message",
        text: `Sent by ${fact.data.by}. Nothing has happened.`,
      };
  }
}

function membershipWords({
  of,
  name,
  role,
  until,
  by,
}: Extract<NotificationFact, { kind: "membership.changed" }>["data"]) {
  const place = of === "fleet" ? "the fleet" : of === "tenant" ? name : `project ${name}`;
  const what = role?.replace("_", " ");
  const ends = until ? ` It ends at ${moment(until)}.` : "";
  return role === null
    ? { title: `You have no role in ${place} any more`, text: `Changed by ${by}.` }
    : { title: `You are ${what} of ${place}`, text: `Changed by ${by}.${ends}` };
}

function auditWords({ actor, action, outcome, objectName, tenant }: ToldAuditEvent) {
  return {
    title: `${actor}: ${action}${objectName ? ` ${objectName}` : ""}${outcome === "denied" ? ", denied" : ""}`,
    text: tenant === null ? "In the fleet." : `In ${tenant}.`,
  };
}

function accountWords({ what, name, by }: AccountChange): { title: string; text: string } {
  const notYou = "If that was not you, change your password and remove what you do not know.";
  switch (what) {
    case "app_set_up":
      return { title: "An authenticator app was set up for your account", text: notYou };
    case "app_removed":
      return { title: "The authenticator app of your account was removed", text: notYou };
    case "passkey_added":
      return { title: `Passkey ${name} was added to your account`, text: notYou };
    case "passkey_removed":
      return { title: `Passkey ${name} was removed from your account`, text: notYou };
    case "passkey_copied":
      return {
        title: `Passkey ${name} opens nothing any more`,
        text: "It counted backwards, as a copy of it would. Sign out everywhere, remove it, and add another.",
      };
    case "factors_removed":
      return {
        title: "Your second factors were removed",
        text: `By ${by}. Set one up again.`,
      };
    case "codes_renewed":
      return { title: "New recovery codes were made for your account", text: notYou };
    case "password_changed":
      return { title: "The password of your account was changed", text: notYou };
    case "password_reset":
      return {
        title: "You were given a new password",
        text: `By ${by}. Choose one of your own when you sign in.`,
      };
    case "provider_linked":
      return { title: `Your account can be signed in to with ${name}`, text: notYou };
    case "provider_unlinked":
      return {
        title: `Your account cannot be signed in to with ${name} any more`,
        text: by ? `It was unlinked by ${by}.` : notYou,
      };
    case "access_ended":
      return {
        title: "You were signed out everywhere, and your tokens ended",
        text: `By ${by}. Make new tokens for the programs that used them.`,
      };
    case "account_reopened":
      return {
        title: "Your account is open again",
        text: `By ${by}. Tokens that you had before have ended.`,
      };
  }
}

/** Where the subject is in the portal, as a path; null where there is nothing to look at. */
export function notificationHref(fact: NotificationFact, audience: Audience): string | null {
  switch (fact.kind) {
    case "environment.ready":
    case "environment.failed":
    case "environment.released":
    case "lease.ending":
    case "lease.ended":
    case "approval.decided":
      return environmentHref(fact.data);
    case "approval.asked":
      return fact.data.at === "fleet" ? "/fleet/hooks" : `/${fact.data.tenant}/approvals`;
    case "health.critical":
    case "health.warning":
    case "health.recovered":
      return audience === "operators"
        ? `/fleet/nodes/${fact.data.nodeId}`
        : environmentHref(fact.data);
    case "operation.stuck":
      return `/fleet/nodes/${fact.data.nodeId}`;
    case "release.left_over":
      return "/fleet/hooks?state=failed";
    case "membership.changed":
      if (fact.data.of === "fleet") return fact.data.role === null ? null : "/fleet";
      return fact.data.of === "tenant" && fact.data.role === null ? null : `/${fact.data.slug}`;
    case "account.changed":
      return "/account";
    case "token.in_two_places": {
      const { account } = fact.data;
      return account
        ? `/${account.tenant}/projects/${account.project}/automation`
        : "/account#tokens";
    }
    // A receiver of the fleet's cannot open a tenant's page.
    case "audit.event":
    case "webhook.test":
      return null;
  }
}

function environmentHref({ tenant, project, environmentId }: EnvironmentPlace | NoPlace): string {
  return `/${tenant}/projects/${project}/environments/${environmentId}`;
}

type Which = { node: string; gpu: number; gpus?: number[] };

const isMany = ({ gpus = [] }: Which) => gpus.length > 1;

const gpuOf = ({ node, gpu, gpus = [] }: Which) =>
  gpus.length > 1 ? `${gpus.length} GPUs of ${node}` : gpu < 0 ? node : `GPU ${gpu} of ${node}`;

/** An instant for a text that is read anywhere: in UTC, to the minute. */
function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
