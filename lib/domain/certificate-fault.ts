/**
 * How the certificate that a server showed does not do; `words` to be read after "Hook name: ", and `told` without
 * the hosts.
 */
export type CertificateFault = {
  /**
   * `unknown`: it is not the one that is trusted, nor did that one sign it. `other_host`: it did, and for
   * another host. `out_of_date`: its time is over or has not come, or its authority's.
   */
  kind: "unknown" | "other_host" | "out_of_date";
  words: string;
  told: string;
};

const longestNames = 100;

/**
 * What the error that ended a handshake says of the certificate that was shown; null where it says nothing
 * of one. Its codes are OpenSSL's, X509_V_ERR_… without that, and of another host Node's own
 * (https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes).
 * @param error Of another host it has whom the certificate is for, and the host that was asked.
 */
export function certificateFault({
  code = "",
  host = "",
  cert,
}: {
  code?: string;
  host?: string;
  cert?: { subjectaltname?: string };
}): CertificateFault | null {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const names = (cert?.subjectaltname ?? "").replaceAll(/(?:DNS|IP Address):/g, "");
    const whose = names.length > longestNames ? `${names.slice(0, longestNames)} …` : names;
    const words = `its certificate is for ${whose || "no host"} and not for ${host} (${code})`;
    return { kind: "other_host", words, told: `its certificate is for another host (${code})` };
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    const what = code === "CERT_HAS_EXPIRED" ? "has expired" : "is not valid yet";
    const words = `its certificate, or its authority's, ${what} (${code})`;
    return { kind: "out_of_date", words, told: words };
  }
  if (/CERT|LEAF_SIGNATURE|INVALID_PURPOSE|INVALID_CA|PATH_LENGTH/.test(code)) {
    const words = `it does not show a certificate that is trusted (${code})`;
    return { kind: "unknown", words, told: words };
  }
  return null;
}
