"use client";

import { useState, useTransition } from "react";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import { Select } from "#components/ui/select";
import { whyRefused } from "#lib/client/ask";
import { type PersonalChannel, personalChannels } from "#lib/domain/notification/delivery";
import { type NotificationKind, tooLateInDigest } from "#lib/domain/notification/notification";
import { kindWords } from "#lib/domain/notification/words";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { SetPreferenceInput } from "#lib/schemas/notification";

const labels: Record<PersonalChannel, string> = {
  bell: "Bell",
  email: "Bell and email",
  digest: "Bell and daily digest",
  off: "Nothing",
};

/** By what a person is told of each kind. Takes effect as it is chosen. */
export function PreferencesPanel({
  preferences,
  email,
  mailFrom,
  setPreference,
}: {
  preferences: readonly { kind: NotificationKind; channel: PersonalChannel }[];
  email: string;
  /** Whom mail is from; null where mail is not set up. */
  mailFrom: string | null;
  setPreference: (input: SetPreferenceInput) => Promise<Result<unknown, Refusal>>;
}) {
  const [refused, setRefused] = useState<string>();
  const [, startTransition] = useTransition();

  function whyNot(channel: PersonalChannel, kind: NotificationKind): string | null {
    if (mailFrom === null && (channel === "email" || channel === "digest")) {
      return "email is not set up";
    }
    return channel === "digest" && tooLateInDigest.includes(kind) ? "would be too late" : null;
  }
  return (
    <Panel
      title="What you are told"
      description={
        mailFrom === null
          ? "Email is not set up here: whoever runs Ingot sets SMTP_URL and SMTP_FROM. Until then the bell alone rings."
          : `Email goes to ${email}, from ${mailFrom}.`
      }
    >
      <FormMessage message={refused} />
      <ul className="grid gap-x-8 gap-y-2 text-sm lg:grid-cols-2">
        {preferences.map(({ kind, channel }) => (
          <li key={kind} className="flex items-center justify-between gap-3">
            <span className="min-w-0">{kindWords[kind]}</span>
            <Select
              aria-label={kindWords[kind]}
              defaultValue={channel}
              className="w-48 shrink-0"
              onChange={(event) => {
                const chosen = event.target.value as PersonalChannel;
                startTransition(async () =>
                  setRefused(
                    await whyRefused(() =>
                      setPreference({ kind: kind as SetPreferenceInput["kind"], channel: chosen }),
                    ),
                  ),
                );
              }}
              options={personalChannels.map((value) => ({
                value,
                label: labels[value],
                disabledReason: value === channel ? null : whyNot(value, kind),
              }))}
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
