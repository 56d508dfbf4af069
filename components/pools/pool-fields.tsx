import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Textarea } from "#components/ui/textarea";
import type { PoolKind } from "#lib/domain/pool/pool";

const examples = {
  vlan: { placeholder: "100-199, 300", hint: "VLAN ids from 1 to 4094, alone or as ranges." },
  private_prefix: {
    placeholder: "10.20.0.0/16",
    hint: "Networks, IPv4 or IPv6. Each environment gets one prefix out of them.",
  },
  public_ip: {
    placeholder: "203.0.113.0/24",
    hint: "Networks, ranges or addresses, IPv4 or IPv6. Of a network, the addresses hosts can have.",
  },
  pkey: {
    placeholder: "0x0001-0x00ff",
    hint: "Partition keys in hexadecimal from 0x0001 to 0x7ffe, without the membership bit.",
  },
} as const satisfies Record<PoolKind, { placeholder: string; hint: string }>;

type Props = {
  kind: PoolKind;
  errorOf: (field: string) => string | undefined;
  start?: { ranges: string; warnPercent: number; cooldownMinutes: number };
};

/** What a pool holds and how it behaves: the same in a new one and a changed one. */
export function PoolFields({ kind, errorOf, start }: Props) {
  const { placeholder, hint } = examples[kind];
  return (
    <>
      <Field label="Holds" required error={errorOf("ranges")} hint={hint}>
        <Textarea
          mono
          name="ranges"
          rows={3}
          maxLength={4_000}
          spellCheck={false}
          placeholder={placeholder}
          defaultValue={start?.ranges}
        />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Warn from (percent)"
          required
          error={errorOf("warnPercent")}
          hint="So full that somebody should look."
        >
          <Input
            name="warnPercent"
            type="number"
            min={1}
            max={100}
            defaultValue={start?.warnPercent ?? 80}
          />
        </Field>
        <Field
          label="Cool-down (minutes)"
          required
          error={errorOf("cooldownMinutes")}
          hint="How long an item rests before another environment gets it."
        >
          <Input
            name="cooldownMinutes"
            type="number"
            min={0}
            max={43_200}
            defaultValue={start?.cooldownMinutes ?? 60}
          />
        </Field>
      </div>
    </>
  );
}
