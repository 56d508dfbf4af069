import { Checkbox } from "#components/ui/checkbox";

/** Public keys to tick, each with its fingerprint. */
export function KeyChoice<K extends string>({
  keys,
  chosen,
  onChange,
}: {
  keys: readonly { id: K; name: string; fingerprint: string }[];
  chosen: readonly K[];
  onChange: (chosen: K[]) => void;
}) {
  return keys.map((key) => (
    <Checkbox
      key={key.id}
      label={key.name}
      hint={<span className="break-all font-mono">{key.fingerprint}</span>}
      checked={chosen.includes(key.id)}
      onChange={(event) =>
        onChange(event.target.checked ? [...chosen, key.id] : chosen.filter((id) => id !== key.id))
      }
    />
  ));
}
