import { GroupRoleDialog } from "#components/identity/group-role-dialog";
import { GroupRolesTable } from "#components/identity/group-roles-table";
import {
  type GroupPlace,
  type Provider,
  type ProviderEdit,
  returnAddress,
} from "#components/identity/identity";
import { PreviewDialog } from "#components/identity/preview-dialog";
import { ChangeProviderDialog } from "#components/identity/provider-dialog";
import { RemoveProviderButton } from "#components/identity/remove-provider-button";
import { CopyText } from "#components/ui/copy-button";
import { KeyValueList } from "#components/ui/key-value-list";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateText } from "#components/ui/state-text";
import { formatQuantity } from "#lib/client/format";

type Props = {
  provider: Provider;
  places: GroupPlace[];
  origin: string;
  /** Absent for those who may only look. */
  edit?: ProviderEdit;
};

/** One identity provider: what it is, and what its groups are worth here. */
export function ProviderPanel({ provider, places, origin, edit }: Props) {
  return (
    <Panel
      title={provider.label}
      meta={
        <StateText
          kind={provider.enabled ? "ok" : "neutral"}
          word={provider.enabled ? "on" : "off"}
        />
      }
      padded={false}
      actions={
        edit && (
          <>
            <ChangeProviderDialog provider={provider} change={edit.change} />
            <RemoveProviderButton provider={provider} remove={edit.remove} />
          </>
        )
      }
    >
      <div className="px-4 py-2">
        <KeyValueList
          columns={2}
          items={[
            { label: "Issuer", value: <CopyText value={provider.issuer} label="Issuer" /> },
            { label: "Client id", value: <CopyText value={provider.clientId} label="Client id" /> },
            {
              label: "Return address",
              value: <CopyText value={returnAddress(origin, provider.id)} label="Return address" />,
              hint: "The provider must know it.",
            },
            {
              label: "Client secret",
              value: "kept, and shown to nobody",
              hint: (
                <>
                  changed <RelativeTime at={provider.changedAt} />
                </>
              ),
            },
            {
              label: "Email domains",
              value: provider.emailDomains.join(", ") || "any",
            },
            {
              label: "Linked accounts",
              value: formatQuantity(provider.linked, "account"),
            },
          ]}
        />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-2 border-line border-t px-4 py-2">
        <div>
          <h3 className="font-medium text-sm">Roles by group</h3>
          <p className="text-muted text-xs">
            From the claim <span className="font-mono">{provider.groupsClaim}</span>, at each
            sign-in. What people gave by hand stays theirs.
          </p>
        </div>
        {edit && (
          <span className="flex flex-wrap gap-2">
            <PreviewDialog provider={provider} preview={edit.preview} />
            <GroupRoleDialog provider={provider} places={places} add={edit.addRole} />
          </span>
        )}
      </div>
      <GroupRolesTable provider={provider} remove={edit?.removeRole} />
    </Panel>
  );
}
