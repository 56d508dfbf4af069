import type { Page } from "@playwright/test";
import { imageShares, profileShares, templateShares } from "#db/schema/catalogue";
import { signedInPage } from "#e2e/bench/browser";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { signedIn } from "#e2e/bench/sign-in";
import { type BenchWorld, startBenchWorld } from "#e2e/bench/world";
import { anInput } from "#e2e/fixtures/hooks";
import { asOperator, givenFleet } from "#e2e/fixtures/launchable";
import { people } from "#e2e/seed";
import { actorOf, grantsOf } from "#e2e/world/acting";
import { template } from "#e2e/world/catalogue";
import type { Id } from "#lib/domain/id";
import type { InputType, TemplateInput } from "#lib/domain/template/inputs";

// The launch form in a real browser, of a template with as many inputs as one may have and of one with
// few: how soon it can be used, and what a keystroke in it takes.

const sizes = [60, 5] as const;
type Size = (typeof sizes)[number];
const loads = 20;
const keystrokes = 60;
/** Every type there is, in the order in which each section asks for them. */
const types = [
  ...(["string", "number", "enum", "boolean", "text"] as const),
  ...(["multi_enum", "duration", "cidr", "ssh_keys", "image", "secret", "json"] as const),
] satisfies InputType[];

type Timings = { usableMs: number[]; paintMs: number[]; workMs: number[] };

export async function benchForm(say: (line: string) => void, command: string): Promise<BenchRow[]> {
  const world = await startBenchWorld(say, {}, 1);
  try {
    const offered = await offerTemplates(world);
    const cookie = await signedIn(world.ingot.origin, "bench@ingot.example", world.password);
    const { browser, page } = await signedInPage(world.ingot.origin, cookie);
    try {
      const timings = await measure(page, say, (size) => {
        const home = `${world.ingot.origin}/${world.tenant}/projects/${world.project}`;
        return `${home}/environments/new?template=${offered[size]}`;
      });
      return rowsOf(timings, command);
    } finally {
      await browser.close();
    }
  } finally {
    await world.stop();
  }
}

/** A published template of each size, on free nodes, shared with the bench's project. */
async function offerTemplates(world: BenchWorld): Promise<Record<Size, Id<"template">>> {
  const { db } = world.app;
  const { profileId, imageId } = await givenFleet(db, { racks: [16], gpuModel: "H100" });
  const { tenantId, projectId } = world.grant("environment.launch");
  const may = grantsOf(await actorOf(db, people.operator.email));
  const offer = async (size: Size) => {
    const templateId = await template(db, may, {
      name: `inputs-${size}`,
      description: `Asks for ${size} things.`,
      readme: "",
      groups: [
        {
          name: "workers",
          role: "gpu_worker",
          profileId,
          minCount: 1,
          defaultCount: 1,
          maxCount: 8,
        },
      ],
      bootConfig: { packages: [], commands: [] },
      inputs: inputsOf(size),
    });
    await asOperator(db, (tx) =>
      tx.insert(templateShares).values({ templateId, tenantId, projectId }),
    );
    return templateId;
  };
  await asOperator(db, async (tx) => {
    await tx.insert(profileShares).values({ profileId, tenantId, projectId });
    await tx.insert(imageShares).values({ imageId, tenantId, projectId });
  });
  return { 60: await offer(60), 5: await offer(5) };
}

/** Inputs of all types in turn, a section for each round; four of a round under a condition, which holds. */
function inputsOf(count: number): TemplateInput[] {
  return Array.from({ length: count }, (_, at) => {
    const part = Math.floor(at / types.length) + 1;
    const type = types[at % types.length] ?? "string";
    return anInput({
      ...{ name: `${type}_${part}`, label: `${type} ${part}`, type, section: `Section ${part}` },
      help: "What it is for, in a sentence as templates have one.",
      ...ownRules(type),
      ...{ showIf: conditionOf(type, part) },
    });
  });
}

function ownRules(type: InputType): Partial<TemplateInput> {
  const options = ["local", "shared", "remote"];
  switch (type) {
    case "string":
      return { required: true, pattern: "[a-z][a-z0-9-]*", max: 200 };
    case "number":
      return { default: 8, min: 1, max: 64 };
    case "enum":
      return { default: "shared", options };
    case "multi_enum":
      return { default: ["local"], options, min: 1 };
    case "boolean":
      return { default: true };
    case "duration":
      return { default: "12h", min: 60 };
    case "cidr":
      return { default: "10.20.0.0/16" };
    case "json":
      return { default: '{"shards": 8}' };
    default:
      return {};
  }
}

function conditionOf(type: InputType, part: number): TemplateInput["showIf"] {
  if (type === "text" || type === "json") {
    return { input: `boolean_${part}`, is: "equal", value: "true" };
  }
  if (type === "duration" || type === "cidr") {
    return { input: `enum_${part}`, is: "not_equal", value: "remote" };
  }
  return null;
}

/** Both forms by turns, so that a busy moment meets both. */
async function measure(
  page: Page,
  say: (line: string) => void,
  addressOf: (size: Size) => string,
): Promise<Record<Size, Timings>> {
  const timings: Record<Size, Timings> = {
    60: { usableMs: [], paintMs: [], workMs: [] },
    5: { usableMs: [], paintMs: [], workMs: [] },
  };
  await page.addInitScript(tellWhenUsable);
  say(`${loads} loads of each form`);
  for (let load = -3; load < loads; load++) {
    for (const size of sizes) {
      const usableMs = await openForm(page, addressOf(size), size);
      // The first few warm browser and portal.
      if (load >= 0) timings[size].usableMs.push(usableMs);
    }
  }
  say("keystrokes");
  for (let round = 0; round < 3; round++) {
    for (const size of sizes) {
      await openForm(page, addressOf(size), size);
      const { paintMs, workMs } = await typeInto(page);
      timings[size].paintMs.push(...paintMs);
      timings[size].workMs.push(...workMs);
    }
  }
  return timings;
}

/** Goes to a form; gives how long after the navigation began it could be used. */
async function openForm(page: Page, address: string, size: Size): Promise<number> {
  await page.goto(address);
  const usable = await page.waitForFunction(
    () => (window as Window & { benchUsableMs?: number }).benchUsableMs,
    undefined,
    { timeout: 60_000 },
  );
  // A group of boxes has a legend.
  const shown = await page
    .getByRole("region", { name: "What the template asks" })
    .locator("label, legend")
    .filter({ hasText: new RegExp(`^(${types.join("|")}) \\d`) })
    .count();
  if (shown < size) throw new Error(`the form shows ${shown} inputs of ${size}`);
  return (await usable.jsonValue()) ?? Number.NaN;
}

/**
 * In the page, before its own scripts: notes when the form's checks were first drawn. They are made by
 * the form itself once its scripts run, so what is entered then is taken.
 */
function tellWhenUsable(): void {
  const observer = new MutationObserver(() => {
    if (!document.querySelector('ul[aria-label="Checks"] > li')) return;
    observer.disconnect();
    // The first callback is before the frame that draws this, the second after it.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        Object.assign(window, { benchUsableMs: performance.now() });
      }),
    );
  });
  observer.observe(document, { subtree: true, childList: true });
}

/** Types into the first text of the form; of each key, how long until it was drawn and what the page worked for it. */
async function typeInto(page: Page): Promise<Pick<Timings, "paintMs" | "workMs">> {
  const field = page.getByRole("textbox", { name: /^string 1/ });
  await field.click();
  // In the page before the first key: what is pressed earlier would not be counted.
  await field.evaluate(() => {
    const seen = { paintMs: [] as number[], workMs: [] as number[] };
    Object.assign(window, { benchKeys: seen });
    let [pressed, began] = [0, 0];
    const drawn = (from: number, workedMs: number) => {
      seen.workMs.push(workedMs);
      requestAnimationFrame(() =>
        requestAnimationFrame(() => seen.paintMs.push(performance.now() - from)),
      );
    };
    const press = ({ timeStamp }: Event) => {
      pressed = timeStamp;
    };
    const begin = () => {
      began = performance.now();
    };
    window.addEventListener("keydown", press, true);
    window.addEventListener("input", begin, true);
    // Last of all: what the form does for it has been done by then.
    window.addEventListener("input", () => drawn(pressed, performance.now() - began));
  });
  for (let at = 0; at < keystrokes; at++) {
    await page.keyboard.press(at % 2 === 0 ? "a" : "b");
    await page.waitForTimeout(120);
  }
  const seen = await page.evaluate(
    () => (window as Window & { benchKeys?: Pick<Timings, "paintMs" | "workMs"> }).benchKeys,
  );
  if (seen?.workMs.length !== keystrokes) throw new Error("a keystroke of the bench was lost");
  return seen;
}

function rowsOf(timings: Record<Size, Timings>, command: string): BenchRow[] {
  const row = (name: string, value: number, unit: string): BenchRow => ({
    ...{ name, value: Number(value.toFixed(1)), unit, command },
  });
  const ratio = (of: keyof Timings, share: number) =>
    quantile(timings[60][of], share) / quantile(timings[5][of], share);
  return [
    ...sizes.flatMap((size) => {
      const { usableMs, paintMs, workMs } = timings[size];
      const name = `launch form of ${size} inputs`;
      return [
        row(`${name}, usable after, p50`, quantile(usableMs, 0.5), "ms"),
        row(`${name}, usable after, p95`, quantile(usableMs, 0.95), "ms"),
        row(`${name}, key to next paint, p50`, quantile(paintMs, 0.5), "ms"),
        row(`${name}, key to next paint, p95`, quantile(paintMs, 0.95), "ms"),
        row(`${name}, its scripts for a key, p50`, quantile(workMs, 0.5), "ms"),
        row(`${name}, its scripts for a key, p95`, quantile(workMs, 0.95), "ms"),
      ];
    }),
    row("launch form, 60 inputs over 5, usable after, p50", ratio("usableMs", 0.5), "x"),
    row("launch form, 60 inputs over 5, key to next paint, p50", ratio("paintMs", 0.5), "x"),
    row("launch form, 60 inputs over 5, its scripts for a key, p50", ratio("workMs", 0.5), "x"),
  ];
}
