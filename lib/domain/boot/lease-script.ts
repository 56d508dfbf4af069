/** Where the script lies on the machine that runs dnsmasq, as its configuration says. */
export const leaseScriptPath = "/usr/local/sbin/ingot-leases";
/** Whom dnsmasq runs it as: Debian's package dnsmasq-base makes this user. */
export const leaseScriptUser = "dnsmasq";

/** What has dnsmasq run the script: for each lease, and also when one is prolonged (2.81). */
export const leaseScriptLines = [
  "# Ingot is told of leases, also of one that is prolonged.",
  `dhcp-script=${leaseScriptPath}`,
  `dhcp-scriptuser=${leaseScriptUser}`,
  "script-on-renewal",
];

/**
 * What dnsmasq runs when it has given, prolonged or ended a lease (dhcp-script), for POSIX sh with curl
 * or wget. It posts a small form; words of the client become plain ones, which need no encoding. What
 * it prints, dnsmasq logs. A report that is lost is made up for by the next one, or by the lease's end.
 * @param url Where leases of this network are reported; it holds the secret.
 */
export function leaseScript({ site, url }: { site: string; url: string }): string {
  return `#!/bin/sh
# Tells Ingot of the leases that dnsmasq gives at ${site}. Made by Ingot, with a secret in it: whoever
# reads this file can report leases of this network, and do nothing else.
url='${url}'
export LC_ALL=C
case "$1" in add | old | del) ;; *) exit 0 ;; esac

plain() { printf '%s' "$1" | tr -c 'A-Za-z0-9:._/ -' '_' | cut -c 1-255 | tr ' ' '+'; }
form="act=$1&mac=$(plain "$2")&address=$(plain "$3")&left=$(plain "\${DNSMASQ_TIME_REMAINING:-}")"
# Of a lease that dnsmasq read from its file, it does not know who asked.
if [ -z "\${DNSMASQ_DATA_MISSING:-}" ]; then
  form="$form&client=$(plain "\${DNSMASQ_VENDOR_CLASS:-}")&tags=$(plain "\${DNSMASQ_TAGS:-}")"
fi

# The address goes by standard input: arguments can be read by everyone on this machine.
if command -v curl >/dev/null; then
  printf 'url = "%s"\\n' "$url" |
    curl --disable --config - --noproxy '*' --silent --show-error --max-time 5 --retry 2 \\
      --data "$form"
elif command -v wget >/dev/null; then
  printf '%s\\n' "$url" |
    wget --input-file=- --no-proxy --quiet --content-on-error --output-document=- --timeout=5 \\
      --tries=2 --post-data="$form"
else
  echo 'ingot-leases: neither curl nor wget is here' >&2
  exit 1
fi
`;
}
