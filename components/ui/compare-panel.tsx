import { ChangeList } from "#components/ui/change-list";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSelect } from "#components/ui/url-filter";
import { formatQuantity } from "#lib/client/format";
import type { Compared } from "#lib/domain/compared-versions";

type Props = {
  /** Numbers, newest first. */
  versions: readonly number[];
  compared: Compared;
  /** Whether the URL names one. */
  isAsked: boolean;
};

/** Any two versions beside each other: the URL says which, as `?from=` and `?to=`. */
export function ComparePanel({ versions, compared, isAsked }: Props) {
  if (versions.length < 2) return null;
  const options = (word: string) =>
    versions.map((version) => ({ value: String(version), label: `${word} version ${version}` }));
  return (
    <Panel title="Compare two versions" id="compare" padded={false}>
      <FilterBar>
        <FilterSelect
          param="from"
          label="Compare from"
          allLabel="From the one before"
          options={options("From")}
        />
        <FilterSelect
          param="to"
          label="Compare to"
          allLabel="To the newest"
          options={options("To")}
        />
      </FilterBar>
      <div className="flex flex-col gap-2 px-4 py-3" aria-live="polite">
        <p className="text-muted text-sm">{words(compared, isAsked)}</p>
        {compared.ok && compared.value && <ChangeList changes={compared.value.changes} />}
      </div>
    </Panel>
  );
}

function words(compared: Compared, isAsked: boolean): string {
  if (!compared.ok) return Object.values(compared.refusal.fields).join(" ");
  if (!compared.value) {
    return isAsked
      ? "The first version has none before it. Choose what to compare it with."
      : "Choose versions, and what differs between them stands here.";
  }
  const { from, to, changes } = compared.value;
  if (changes.length === 0) return `Version ${from} and version ${to} say the same.`;
  const verb = changes.length === 1 ? "differs" : "differ";
  return `${formatQuantity(changes.length, "thing")} ${verb} from version ${from} to version ${to}.`;
}
