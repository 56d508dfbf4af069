"use client";

import { useState, useTransition } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { controllerLooks } from "#components/nodes/node-state";
import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { CopyText } from "#components/ui/copy-button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { KeyValueList } from "#components/ui/key-value-list";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { whyRefused } from "#lib/client/ask";
import { secretOf, textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { ControllerProtocol } from "#lib/domain/node/controller-protocol";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

export type ControllerPanelProps = {
  nodeId: Id<"node">;
  controller: {
    protocol: ControllerProtocol;
    address: string;
    state: string;
    stateAt: string | null;
    vendor: string | null;
    product: string | null;
    fingerprint: string | null;
    presented: string | null;
    credential: "untried" | "good" | "rejected";
    passwordChangedAt: string | null;
    unresolved: string | null;
  };
  /** Why it cannot be given a new password now. */
  whyNotRotate: string | undefined;
  readOnly: string | null;
  confirm: (input: {
    certificates: { nodeId: Id<"node">; fingerprint: string }[];
  }) => Promise<Result<unknown, Refusal>>;
  changeCredential: (input: {
    nodeId: Id<"node">;
    username: string;
    password: string;
  }) => Promise<Result<unknown, Refusal>>;
  rotate: (input: { nodeId: Id<"node">; order: "rotate" }) => Promise<Result<unknown, Refusal>>;
  retryRotation: (input: { nodeId: Id<"node"> }) => Promise<Result<unknown, Refusal>>;
};

const credentialLooks = {
  untried: { kind: "neutral", word: "Not tried yet" },
  good: { kind: "ok", word: "Accepted" },
  rejected: { kind: "critical", word: "Refused, not tried again" },
} as const;

/** The node's controller: where it is, whether it answers, whom we trust and with which sign-in. */
export function ControllerPanel(props: ControllerPanelProps) {
  const { controller } = props;
  return (
    <Panel
      title="Controller"
      actions={
        <>
          <RotateDialog {...props} />
          <CredentialDialog {...props} />
        </>
      }
    >
      {controller.unresolved && <Unresolved {...props} reason={controller.unresolved} />}
      {controller.presented && <ConfirmFingerprint {...props} presented={controller.presented} />}
      <KeyValueList
        items={[
          {
            label: "Address",
            value: <CopyText value={controller.address} label="address" />,
            hint: controller.protocol === "ipmi" ? "IPMI" : "Redfish",
          },
          {
            label: "State",
            value: (
              <StateBadge
                {...(controllerLooks[controller.state] ?? { kind: "neutral", word: "Unknown" })}
              />
            ),
            hint: controller.stateAt && <RelativeTime at={controller.stateAt} form="for" />,
          },
          {
            label: "Product",
            value: productName(controller),
          },
          {
            label: "Sign-in",
            value: <StateBadge {...credentialLooks[controller.credential]} />,
            hint: controller.passwordChangedAt ? (
              <>
                password changed by Ingot <RelativeTime at={controller.passwordChangedAt} />
              </>
            ) : (
              "password as it was entered"
            ),
          },
          {
            label: "Certificate",
            value: controller.fingerprint ? (
              <CopyText
                value={controller.fingerprint}
                shown={`SHA-256 ${controller.fingerprint.slice(0, 23)}…`}
                label="certificate fingerprint"
              />
            ) : (
              <span className="text-muted">
                {controller.protocol === "ipmi"
                  ? "none: over IPMI it does not prove who it is"
                  : "not confirmed yet"}
              </span>
            ),
          },
        ]}
      />
    </Panel>
  );
}

/** Vendor and product; many products begin with their vendor's name already. */
function productName({ vendor, product }: ControllerPanelProps["controller"]): string | null {
  if (vendor && product?.startsWith(vendor)) return product;
  return [vendor, product].filter(Boolean).join(" ") || null;
}

function ConfirmFingerprint({
  nodeId,
  controller,
  presented,
  readOnly,
  confirm,
}: ControllerPanelProps & { presented: string }) {
  const [refused, setRefused] = useState<string>();
  const [pending, startTransition] = useTransition();
  const isAnother = controller.fingerprint !== null;
  return (
    <Callout
      kind={isAnother ? "critical" : "attention"}
      title={isAnother ? "The controller shows another certificate" : "Confirm the certificate"}
      className="mb-3"
      action={
        <Button
          variant="primary"
          pending={pending}
          disabledReason={readOnly}
          onClick={() =>
            startTransition(async () => {
              const certificates = [{ nodeId, fingerprint: presented }];
              setRefused(await whyRefused(() => confirm({ certificates })));
            })
          }
        >
          It is the same
        </Button>
      }
    >
      {isAnother ? (
        <p>
          It shows this fingerprint and not the one that was confirmed. If its certificate was
          renewed, compare the two and confirm. If nobody renewed it, somebody may have come in
          between: find out first. Nothing is sent to it before you confirm.
        </p>
      ) : (
        <p>
          The controller shows this fingerprint. Compare it with the controller's own; nothing is
          sent to it before you confirm.
        </p>
      )}
      <code className="mt-1 block break-all font-mono text-ink text-xs leading-5">{presented}</code>
      <FormMessage message={refused} />
    </Callout>
  );
}

function RotateDialog({ nodeId, readOnly, whyNotRotate, rotate }: ControllerPanelProps) {
  return (
    <ConfirmDialog
      trigger={
        <Button size="sm" disabledReason={readOnly ?? whyNotRotate}>
          New password
        </Button>
      }
      title="Give the controller a new password"
      consequences={[
        { verb: "Makes", text: "a strong password that only Ingot's worker can open" },
        { verb: "Ends", text: "every session that the account has" },
        { verb: "Locks out", text: "whoever signs in with this account by hand" },
      ]}
      confirmLabel="New password"
      pendingLabel="Queueing…"
      onConfirm={() => whyRefused(() => rotate({ nodeId, order: "rotate" }))}
    />
  );
}

function Unresolved({
  nodeId,
  readOnly,
  retryRotation,
  reason,
}: ControllerPanelProps & { reason: string }) {
  const [refused, setRefused] = useState<string>();
  const [pending, startTransition] = useTransition();
  return (
    <Callout
      kind="critical"
      title="Neither password works"
      className="mb-3"
      action={
        <Button
          pending={pending}
          disabledReason={readOnly}
          onClick={() =>
            startTransition(async () => {
              setRefused(await whyRefused(() => retryRotation({ nodeId })));
            })
          }
        >
          Try both again
        </Button>
      }
    >
      <p>
        {reason} If its account was locked, wait until the lock is over and try again. If it was
        reset, change the sign-in.
      </p>
      <FormMessage message={refused} />
    </Callout>
  );
}

function CredentialDialog({ nodeId, readOnly, changeCredential }: ControllerPanelProps) {
  return (
    <FormDialog
      trigger={
        <Button size="sm" disabledReason={readOnly}>
          Change sign-in
        </Button>
      }
      title="Change the controller's sign-in"
      description="What Ingot signs in with. The controller's own accounts are not changed."
      size="sm"
      submitLabel="Change sign-in"
      pendingLabel="Sealing…"
      send={(form) =>
        changeCredential({
          nodeId,
          username: textOf(form, "username"),
          password: secretOf(form, "password"),
        })
      }
    >
      {(errorOf) => (
        <>
          <Field label="User name" required error={errorOf("username")}>
            <Input name="username" autoComplete="off" spellCheck={false} maxLength={128} />
          </Field>
          <Field label="Password" required error={errorOf("password")}>
            <Input name="password" type="password" autoComplete="new-password" maxLength={512} />
          </Field>
        </>
      )}
    </FormDialog>
  );
}
