/**
 * Whether two names of a maker or a chassis mean the same. Controllers, catalogues and people
 * differ in case, punctuation and legal form: "Dell Inc." is "DELL".
 */
export function sameName(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

/**
 * Whether a CPU is the expected one. "Xeon Platinum 8480C" is found in
 * "Intel(R) Xeon(R) Platinum 8480C @ 2.00GHz"; 8480 is not 8480C.
 */
export function sameCpuModel(expected: string, found: string): boolean {
  const foundWords = cpuWords(found);
  const expectedWords = cpuWords(expected);
  return (
    foundWords.join(" ") === expectedWords.join(" ") ||
    (expectedWords.length > 0 && expectedWords.every((word) => foundWords.includes(word)))
  );
}

/**
 * Whether a GPU is the expected one, whatever the maker's prefix and however much is told:
 * "H100", "NVIDIA H100 80GB HBM3" and "NVIDIA H100 SXM5" agree; "H100 PCIe" and "H100 SXM5" do
 * not, nor do "A100 40GB" and "A100 80GB". What only one of the two says decides nothing.
 */
export function sameGpuModel(expected: string, found: string): boolean {
  const a = gpuParts(expected);
  const b = gpuParts(found);
  return a.name === b.name && !contradict(a.form, b.form) && !contradict(a.memory, b.memory);
}

const legalForms = new Set(["inc", "corp", "corporation", "co", "ltd", "gmbh", "ag", "llc"]);

function plain(name: string): string {
  const kept = words(name).filter((word) => !legalForms.has(word));
  return kept.length > 0 ? kept.join(" ") : name.trim().toLowerCase();
}

function cpuWords(model: string): string[] {
  const clock = /@?\s*\d+(\.\d+)?\s*[gm]hz/gi;
  return words(model.replace(/\((r|tm|c)\)/gi, " ").replace(clock, " ")).filter(
    (word) => !["cpu", "processor", "intel", "amd"].includes(word),
  );
}

const gpuMakers = new Set(["nvidia", "amd", "intel", "tesla", "instinct", "tensor", "core", "gpu"]);

function gpuParts(model: string): { name: string; form: string | null; memory: string | null } {
  const all = words(model).filter((word) => !legalForms.has(word) && !gpuMakers.has(word));
  const form = all.find((word) => /^(sxm\d*|pcie|nvl\d*|oam)$/.test(word)) ?? null;
  const memory = all.find((word) => /^\d+gi?b$/.test(word))?.replace("gib", "gb") ?? null;
  // The chip: H100, MI300X, L40S. Names without such a word (RTX 6000 Ada) count as a whole.
  const chip = all.find((word) => /^[a-z]{1,3}\d{1,4}[a-z]{0,2}$/.test(word) && word !== form);
  const name = chip && !/^(sxm|nvl|hbm|gddr|ddr)\d/.test(chip) ? chip : all.join(" ");
  return {
    name: name === "" ? model.trim().toLowerCase() : name,
    form: form?.replace(/\d+$/, "") ?? null,
    memory,
  };
}

function contradict(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a !== b;
}

function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}.]+/u)
    .map((word) => word.replace(/^\.+|\.+$/g, ""))
    .filter((word) => word !== "");
}
