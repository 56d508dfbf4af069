import type { LaunchValues } from "#lib/domain/boot/launch-values";
import type { ContextFile } from "#lib/domain/context/context";
import type { TemplateBootConfig } from "#lib/domain/template/template";

/** What a node's first boot is told about itself: the source of meta-data and user-data. */
export type BootSeed = {
  /** Changes with every reinstall: cloud-init runs its first-boot parts anew for a new one. */
  instanceId: string;
  hostname: string;
  defaultUser: string;
  /** OpenSSH public keys, one each. */
  authorizedKeys: string[];
  extra: TemplateBootConfig;
  /** What was entered at the launch, without secrets; absent when the template asks for nothing. */
  launch?: LaunchValues;
  /** Files of config contexts; absent where there is none. */
  files?: ContextFile[];
  /** Whether hooks run scripts on it: it then carries what runs them. */
  hasScripts?: boolean;
  /** Whether that stays when the node is handed over, since hooks run scripts later, too. */
  keepsRunner?: boolean;
};
