import { randomBytes, X509Certificate } from "node:crypto";
import type { Database } from "#db/client";
import { providers } from "#db/schema/hooks";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { providerPlace, seal } from "#lib/access/sealed";
import { withGrant } from "#lib/access/with-grant";
import { parseProviderUrl } from "#lib/domain/hook/provider-url";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RegisterProviderInput } from "#lib/schemas/hook";

/** Shown once, when it is made. */
export type ShownSecret = { providerId: Id<"provider">; secret: string };

/**
 * Registers an endpoint that takes part in operations, and gives the secret that its calls are signed
 * with: it is sealed for the worker and never shown again. Nothing is sent to it here.
 */
export async function registerProvider(
  db: Database,
  grant: Grant<"provider.edit">,
  input: RegisterProviderInput,
  sealingKey: string,
): Promise<Result<ShownSecret, RefusalOf<"invalid_input" | "name_taken">>> {
  const endpoint = readEndpoint(input);
  if (!endpoint.ok) return endpoint;
  const id = newId("provider");
  const secret = newProviderSecret();
  const { name, description } = input;
  return withGrant(db, grant, async (tx) => {
    const made = await tx
      .insert(providers)
      .values({
        id,
        name,
        description,
        ...endpoint.value,
        sealedSecret: seal(sealingKey, providerPlace(id), secret),
      })
      .onConflictDoNothing({ target: providers.name })
      .returning({ id: providers.id });
    if (made.length === 0) return refuse({ kind: "name_taken", resource: "provider", name });
    await recordAudit(tx, grant, {
      action: "provider.register",
      object: { kind: "provider", id, name },
      detail: { address: endpoint.value.address, path: endpoint.value.path },
    });
    return ok({ providerId: id, secret });
  });
}

/** 256 bits, as text that can be copied. */
export function newProviderSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** The address and the certificate as they are kept; the refusal names the field. */
export function readEndpoint(input: {
  url: string;
  certificatePem: string;
}): Result<
  { address: string; path: string; certificatePem: string | null },
  RefusalOf<"invalid_input">
> {
  const url = parseProviderUrl(input.url);
  if (!url.ok) return refuse({ kind: "invalid_input", fields: { url: url.refusal } });
  const pem = input.certificatePem.trim();
  if (pem !== "" && !isCertificate(pem)) {
    const certificatePem = "This is not a certificate in PEM form.";
    return refuse({ kind: "invalid_input", fields: { certificatePem } });
  }
  return ok({ ...url.value, certificatePem: pem || null });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
