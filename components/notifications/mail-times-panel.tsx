"use client";

import { useEffect, useState } from "react";
import { Button } from "#components/ui/button";
import { Checkbox } from "#components/ui/checkbox";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { Panel } from "#components/ui/panel";
import { Select } from "#components/ui/select";
import { useSubmission } from "#lib/client/use-submission";
import {
  clockText,
  type MailTimes,
  mailTimesWords,
  urgentKinds,
} from "#lib/domain/notification/mail-times";
import { kindWords } from "#lib/domain/notification/words";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { SetMailTimesInput } from "#lib/schemas/notification";

type Props = {
  times: MailTimes;
  /** False while a person has chosen nothing: their browser's zone is offered then. */
  isChosen: boolean;
  timeZones: readonly string[];
  /** Why mail cannot come at all; null when it can. */
  noMail: string | null;
  setTimes: (input: SetMailTimesInput) => Promise<Result<unknown, Refusal>>;
};

const usualQuiet = { from: 22 * 60, until: 7 * 60 };

/** When a person wants mail: quiet hours, their time zone, and the time of the daily digest. */
export function MailTimesPanel({ times, isChosen, timeZones, noMail, setTimes }: Props) {
  const [isQuiet, setIsQuiet] = useState(times.quiet !== null);
  const [quiet, setQuiet] = useState(times.quiet ?? usualQuiet);
  const [digestAt, setDigestAt] = useState(times.digestAt);
  const [timeZone, setTimeZone] = useState(times.timeZone);
  const [saved, setSaved] = useState<string>();
  const stored = saved ?? (isChosen ? textOf(times) : undefined);
  const { pending, send, errorOf, message } = useSubmission();
  const chosen = { timeZone, quiet: isQuiet ? quiet : null, digestAt };
  const asText = textOf(chosen);

  useEffect(() => {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!isChosen && timeZones.includes(own)) setTimeZone(own);
  }, [isChosen, timeZones]);

  return (
    <Panel title="When mail comes">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!noMail && !pending)
            send(
              () => setTimes(chosen),
              () => setSaved(asText),
            );
        }}
      >
        <Checkbox
          label="Let mail wait in quiet hours"
          hint={`Not held: ${urgentKinds.map((kind) => kindWords[kind].toLowerCase()).join("; ")}. The bell rings at any hour.`}
          checked={isQuiet}
          onChange={(event) => setIsQuiet(event.target.checked)}
        />
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
          {isQuiet && (
            <>
              <Field label="Quiet from" error={errorOf("quiet.from")}>
                <TimeInput minute={quiet.from} onChange={(from) => setQuiet({ ...quiet, from })} />
              </Field>
              <Field label="Quiet until" error={errorOf("quiet.until")}>
                <TimeInput
                  minute={quiet.until}
                  onChange={(until) => setQuiet({ ...quiet, until })}
                />
              </Field>
            </>
          )}
          <Field label="Daily digest at" error={errorOf("digestAt")}>
            <TimeInput minute={digestAt} onChange={setDigestAt} />
          </Field>
          <Field label="Time zone" error={errorOf("timeZone")}>
            <Select
              value={timeZone}
              onChange={(event) => setTimeZone(event.target.value)}
              options={timeZones.map((name) => ({ value: name, label: name }))}
            />
          </Field>
        </div>
        <div role="status" className="text-muted text-sm">
          {stored !== asText && <p>Not saved yet. After saving:</p>}
          {mailTimesWords(chosen).map((line) => (
            <p key={line}>{line}</p>
          ))}
        </div>
        <FormMessage message={message} />
        <div className="flex flex-wrap items-center gap-3">
          <Button
            type="submit"
            pending={pending}
            pendingLabel="Saving…"
            disabledReason={noMail}
            reasonPlacement="beside"
          >
            Save
          </Button>
          {saved === asText && (
            <span role="status" className="text-muted text-sm">
              Saved: it holds for what comes from now on.
            </span>
          )}
        </div>
      </form>
    </Panel>
  );
}

/** To tell times apart: the same text for the same times. */
function textOf({ timeZone, quiet, digestAt }: MailTimes): string {
  return JSON.stringify([timeZone, quiet?.from, quiet?.until, digestAt]);
}

/** A time of day; what is no time yet, while it is typed, changes nothing. */
function TimeInput({ minute, onChange }: { minute: number; onChange: (minute: number) => void }) {
  return (
    <Input
      type="time"
      required
      defaultValue={clockText(minute)}
      onChange={(event) => {
        const [hour, rest] = event.target.value.split(":").map(Number);
        if (hour !== undefined && rest !== undefined && hour + rest >= 0)
          onChange(hour * 60 + rest);
      }}
    />
  );
}
