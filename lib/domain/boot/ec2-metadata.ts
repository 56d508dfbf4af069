import type { BootSeed } from "#lib/domain/boot/seed";

/**
 * The versions of the instance metadata service that clients ask for: cloud-init's DataSourceEc2 waits
 * for the first and takes the newest that it knows (`extended_metadata_versions`, cloud-init 22.4 to 25.1).
 */
export const ec2Versions = [
  "1.0",
  "2009-04-04",
  "2016-09-02",
  "2018-09-24",
  "2021-03-23",
  "latest",
] as const;

/** What is told of the node besides its seed. */
export type Ec2Place = { address: string; mac: string | null; site: string };

/**
 * The answer to a path below `meta-data`, as the instance metadata service of EC2 gives it: a value, or
 * a list whose directories end with a slash. Undefined where there is nothing.
 * @param path Without a slash at its begin: `public-keys/0/openssh-key`; empty for the whole.
 */
export function ec2MetaData(
  seed: Pick<BootSeed, "instanceId" | "hostname" | "authorizedKeys">,
  place: Ec2Place,
  path: string,
): string | undefined {
  const leaves = leavesOf(seed, place);
  const value = leaves.get(path);
  if (value !== undefined) return value;
  const under = path === "" ? "" : `${path.replace(/\/$/, "")}/`;
  const names = [...leaves.keys()]
    .filter((each) => each.startsWith(under))
    .map((each) => /^[^/]+\/?/.exec(each.slice(under.length))?.[0] ?? "");
  const listed = [...new Set(names)].sort();
  if (listed.length === 0) return undefined;
  // Of keys each has a name beside its number, which is the directory's.
  return under === "public-keys/"
    ? listed.map((name) => `${name.replace("/", "")}=key-${name.replace("/", "")}`).join("\n")
    : listed.join("\n");
}

function leavesOf(
  { instanceId, hostname, authorizedKeys }: Parameters<typeof ec2MetaData>[0],
  { address, mac, site }: Ec2Place,
): Map<string, string> {
  return new Map([
    ["instance-id", instanceId],
    ["hostname", hostname],
    ["local-hostname", hostname],
    ...(address.includes(":") ? [] : [["local-ipv4", address] as const]),
    ...(mac ? [["mac", mac] as const] : []),
    ["placement/availability-zone", site],
    ...authorizedKeys.map((key, at) => [`public-keys/${at}/openssh-key`, key] as const),
  ]);
}
