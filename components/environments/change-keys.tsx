"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { KeyChoice } from "#components/keys/key-choice";
import { Button } from "#components/ui/button";
import { Field, FieldGroup } from "#components/ui/field";
import { Textarea } from "#components/ui/textarea";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { KeyOffer } from "#lib/schemas/catalogue-view";
import type { ChangeEnvironmentKeysInput } from "#lib/schemas/environment";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

export type ChangeKeysProps = {
  environment: EnvironmentDetail;
  /** What the person can add. */
  offer: KeyOffer;
  change: (input: ChangeEnvironmentKeysInput) => Promise<Result<unknown, Refusal>>;
  done: () => void;
};

/** Chooses which keys the nodes are to accept: those they have, own ones, the project's, a pasted one. */
export function ChangeKeys({ environment, offer, change, done }: ChangeKeysProps) {
  const had = environment.keys.map((key) => ({ ...key, id: key.fingerprint }));
  const has = new Set(had.map((key) => key.fingerprint));
  const own = offer.sshKeys.filter((key) => !has.has(key.fingerprint));
  const ofProject = offer.projectKeys.filter((key) => !has.has(key.fingerprint));
  // What is unticked, so that a key that comes meanwhile is not taken off unseen.
  const [dropped, setDropped] = useState<string[]>([]);
  const [sshKeyIds, setOwn] = useState<Id<"sshKey">[]>([]);
  const [projectKeyIds, setOfProject] = useState<Id<"projectKey">[]>([]);
  const [pastedKey, setPastedKey] = useState("");
  const kept = had.map((key) => key.id).filter((id) => !dropped.includes(id));
  return (
    <FormDialog
      trigger={
        <Button
          size="sm"
          disabledReason={
            environment.may.changeKeys
              ? null
              : "Your role in this project may look, but not act. Ask a project admin."
          }
        >
          Change keys
        </Button>
      }
      title="Change the keys of this environment"
      description="Each node takes them when it is next started or restarted from here. Keys that somebody added on a node by hand stay as they are."
      submitLabel="Change keys"
      pendingLabel="Changing…"
      send={async () => {
        const result = await change({
          environmentId: environment.id,
          drop: dropped,
          sshKeyIds,
          projectKeyIds,
          pastedKey,
        });
        if (result.ok) {
          setDropped([]);
          setOwn([]);
          setOfProject([]);
          setPastedKey("");
        }
        done();
        return result;
      }}
    >
      {(errorOf) => (
        <>
          <FieldGroup legend="It accepts now" error={errorOf("sshKeys")}>
            <KeyChoice
              keys={had}
              chosen={kept}
              onChange={(chosen) =>
                setDropped(had.map((key) => key.id).filter((id) => !chosen.includes(id)))
              }
            />
          </FieldGroup>
          {own.length > 0 && (
            <FieldGroup legend="Your other keys">
              <KeyChoice keys={own} chosen={sshKeyIds} onChange={setOwn} />
            </FieldGroup>
          )}
          {ofProject.length > 0 && (
            <FieldGroup legend="The project's other keys">
              <KeyChoice keys={ofProject} chosen={projectKeyIds} onChange={setOfProject} />
            </FieldGroup>
          )}
          <Field label="One more public key" optional error={errorOf("pastedKey")}>
            <Textarea
              mono
              rows={3}
              spellCheck={false}
              autoComplete="off"
              placeholder="ssh-ed25519 AAAA… you@laptop"
              value={pastedKey}
              onChange={(event) => setPastedKey(event.target.value)}
            />
          </Field>
        </>
      )}
    </FormDialog>
  );
}
