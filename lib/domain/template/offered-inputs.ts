import type { TemplateInput } from "#lib/domain/template/inputs";

// SSH keys and images are chosen from what a project has, and no template knows that: where inputs are
// asked or checked, these have as their choices what there is.

/** What whoever is asked can choose from: keys as OpenSSH writes them, images as "name version". */
export type InputOffer = { keys: readonly string[]; images: readonly string[] };

/** Whether an input is chosen from what a project has. */
export const isOffered = ({ type }: TemplateInput) => type === "ssh_keys" || type === "image";

/**
 * The inputs with their choices. An image that is usually taken and is not there has to be chosen; a
 * fixed one stays, and is refused in words.
 */
export function offeredInputs(
  definitions: readonly TemplateInput[],
  { keys, images }: InputOffer,
): TemplateInput[] {
  return definitions.map((input) => {
    if (input.type === "ssh_keys") return { ...input, options: [...keys] };
    if (input.type !== "image") return input;
    const { allowed, override, default: usual } = input;
    const options = images.filter((name) => override !== "restricted" || allowed.includes(name));
    const isThere = override === "fixed" || options.some((name) => name === usual);
    return {
      ...{ ...input, options, default: isThere ? usual : null },
      allowed: override === "restricted" ? options : allowed,
    };
  });
}

/** An offer that these inputs can be tried with where no project is: as many keys as they ask for. */
export function exampleOffer(definitions: readonly TemplateInput[]): InputOffer {
  const own = definitions.filter(isOffered);
  const named = own.flatMap(({ allowed, default: usual }) =>
    typeof usual === "string" ? [...allowed, usual] : allowed,
  );
  const most = Math.max(2, ...own.map(({ min }) => Math.min(min ?? 0, mostExampleKeys)));
  return {
    keys: Array.from({ length: most }, (_, at) => `${exampleKey} example-${at + 1}`),
    images: named.length > 0 ? [...new Set(named)] : ["Example image 1"],
  };
}

/** Beyond it nobody has as many. */
const mostExampleKeys = 100;

/** Its 32 bytes are the words "example key which nobody can use": no private key of it is known. */
const exampleKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGUga2V5IHdoaWNoIG5vYm9keSBjYW4gdXNl";
