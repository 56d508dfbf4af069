"use client";

import type { Route } from "next";
import { useRouter } from "next/navigation";
import { useRef, useState, useTransition } from "react";
import { SameWithApi } from "#components/api/same-with-api";
import { type HoldActs, HoldPanel } from "#components/environments/hold-panel";
import { LeaseField } from "#components/environments/lease-field";
import { PreflightPanel } from "#components/environments/preflight-panel";
import { UserDataPanel } from "#components/environments/user-data-panel";
import { KeyChoice } from "#components/keys/key-choice";
import { QuotaMeters } from "#components/quota/quota-meters";
import { InputFields } from "#components/templates/input-fields";
import { InputTable } from "#components/templates/input-table";
import { Button } from "#components/ui/button";
import { Field, FieldGroup } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { NumberStepper } from "#components/ui/number-stepper";
import { Panel } from "#components/ui/panel";
import { RadioCards } from "#components/ui/radio-cards";
import { Select } from "#components/ui/select";
import { TextLink } from "#components/ui/text-link";
import { Textarea } from "#components/ui/textarea";
import { ask } from "#lib/client/ask";
import { firstCount, freeNow, groupWords } from "#lib/client/catalogue-words";
import { type ApiCall, curlOf } from "#lib/client/curl";
import { formatQuantity } from "#lib/client/format";
import { newRequestKey } from "#lib/client/request-key";
import type { Place } from "#lib/client/use-environment";
import { useLaunchPreflight } from "#lib/client/use-launch-preflight";
import { longestEnvironmentName } from "#lib/domain/environment/hostname";
import { allowedWords, longestLease } from "#lib/domain/environment/lease";
import { groupDemands } from "#lib/domain/environment/node-groups";
import type { Id } from "#lib/domain/id";
import { allowedImages, imageName } from "#lib/domain/image/allowed-image";
import { demandsOf } from "#lib/domain/quota/quota";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import { eachOnce } from "#lib/domain/ssh-key/chosen-keys";
import type { InputValue } from "#lib/domain/template/inputs";
import { keysCheck, launchChecks } from "#lib/domain/template/launch-checks";
import { offeredInputs } from "#lib/domain/template/offered-inputs";
import type { CatalogueTemplate, LaunchForm as Offer } from "#lib/schemas/catalogue-view";
import type { LaunchEnvironmentInput, LaunchPreflightInput } from "#lib/schemas/environment";
import type { PreflightCheck } from "#lib/schemas/environment-view";

type Props = {
  offer: Offer;
  place: Place;
  /** The template to begin with, by id; else the first that can be launched. */
  templateId?: string;
  /** The routes of the API that launch and hold, too. */
  api: { launch: ApiCall; preflight: ApiCall; userData: ApiCall; hold: ApiCall };
  launch: (
    input: LaunchEnvironmentInput,
  ) => Promise<Result<{ environmentId: Id<"environment"> }, Refusal>>;
  holding: HoldActs;
};

/** Template, counts, name, keys: four decisions, with what a launch would meet always beside them. */
export function LaunchForm({ offer, place, templateId, api, launch, holding }: Props) {
  const router = useRouter();
  const launchable = offer.templates.filter((each) => !each.blocked);
  const [template, setTemplate] = useState(
    launchable.find((each) => each.id === templateId) ?? launchable[0],
  );
  const [counts, setCounts] = useState<Record<string, number>>({});
  const [name, setName] = useState("");
  const [chosenImage, setImage] = useState<Id<"image">>();
  const [sshKeyIds, setKeys] = useState(offer.sshKeys.map((key) => key.id));
  const [projectKeyIds, setProjectKeys] = useState(offer.projectKeys.map((key) => key.id));
  const [pastedKey, setPastedKey] = useState("");
  const [chosenLease, setLease] = useState<number | null>();
  const [inputs, setInputs] = useState<Record<string, InputValue>>({});
  const [refusal, setRefusal] = useState<Refusal>();
  const [pending, startTransition] = useTransition();
  // One key for one launch: pressed twice, or sent again by the network, it launches once.
  const requestKey = useRef<string>(undefined);

  const groups = template?.groups ?? [];
  const asked = Object.fromEntries(
    groups.map((group) => [group.name, counts[group.name] ?? firstCount(group)]),
  );
  const images = allowedImages(offer.images, groups, asked);
  const imageId = chosenIn(images, chosenImage ?? groups[0]?.profile?.defaultImageId, offer);
  const longest = template ? longestLease(template) : null;
  const most = longest?.hours ?? null;
  const tooLong = most !== null && (chosenLease === null || (chosenLease ?? 0) > most);
  const leaseHours = chosenLease === undefined || tooLong ? most : chosenLease;
  const { preflight, isGone, isError, checking } = useLaunchPreflight(
    place,
    template && imageId
      ? { templateVersionId: template.versionId, imageId, counts: asked, name, leaseHours }
      : null,
  );
  const keys = keysCheck(sshKeyIds.length + projectKeyIds.length, pastedKey);
  const known = [...offer.sshKeys, ...offer.projectKeys];
  const questions = offeredInputs(template?.inputs ?? [], {
    keys: eachOnce(known).map(({ publicKey }) => publicKey),
    images: images.map(imageName),
  });
  const own = [...launchChecks(template && { ...template, inputs: questions }, inputs), keys];
  const checks = isGone ? [gone] : [...(preflight?.checks ?? []), ...own];
  const stopping = checks.find((check) => check.verdict === "no");
  const against = reasonAgainst(stopping, isError || (preflight !== undefined && !checking));
  const fields = refusal?.kind === "invalid_input" ? refusal.fields : {};
  /** What is said of a field that something was entered into: by the checks, or by the last launch. */
  const errorOf = (id: string, entered: string, said?: string) => {
    const check = checks.find((each) => each.id === id && each.verdict === "no");
    return check && entered.trim() ? wordsAgainst(check) : said;
  };
  const demands = demandsOf(
    groupDemands(
      groups.flatMap(({ name: group, profile }) => (profile ? [{ name: group, profile }] : [])),
      asked,
    ),
  );

  /** What the API is sent of this form, whatever it is asked. */
  const said = {
    name: name || "NAME",
    templateVersionId: template?.versionId,
    imageId,
    counts: asked,
    sshKeyIds,
    ...(offer.projectKeys.length > 0 && { projectKeyIds }),
    ...(pastedKey.trim() ? { publicKey: pastedKey.trim() } : {}),
  };

  function submit() {
    if (!template || !imageId) return;
    requestKey.current ??= newRequestKey();
    const input = {
      requestKey: requestKey.current,
      name,
      templateVersionId: template.versionId,
      imageId,
      counts: asked,
      sshKeyIds,
      projectKeyIds,
      pastedKey,
      leaseHours,
      inputs,
      ...(preflight?.hold ? { holdId: preflight.hold.id } : {}),
    };
    startTransition(async () => {
      const result = await ask(() => launch(input));
      if (!result.ok) return setRefusal(result.refusal);
      requestKey.current = undefined;
      const { tenant, project } = place;
      router.push(
        `/${tenant}/projects/${project}/environments/${result.value.environmentId}` as Route,
      );
    });
  }

  return (
    <form
      className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_22rem]"
      onSubmit={(event) => {
        event.preventDefault();
        if (!against && !pending) submit();
      }}
    >
      <div className="flex min-w-0 flex-col gap-5">
        <Panel title="What to launch">
          <div className="flex flex-col gap-5">
            <RadioCards
              name="template"
              legend="Template"
              columns={2}
              value={template?.id}
              onValueChange={(id) => {
                setTemplate(offer.templates.find((each) => each.id === id));
                setCounts({});
                setImage(undefined);
                setInputs({});
              }}
              options={offer.templates.map((each) => ({
                value: each.id,
                title: each.name,
                description: <TemplateSummary template={each} />,
                meta: each.blocked ? null : `${freeNow(each)} free now`,
                disabledReason: each.blocked,
              }))}
            />
            {groups.map((group) => (
              <Field
                key={`${template?.id}-${group.name}`}
                label={groups.length > 1 ? `Nodes of ${group.name}` : "Nodes"}
                hint={`${groupWords(group)}; ${formatQuantity(group.profile?.freeNow ?? 0, "node")} free now.`}
                error={fields[`counts.${group.name}`]}
              >
                <NumberStepper
                  value={asked[group.name] ?? 0}
                  min={group.minCount}
                  max={group.maxCount}
                  unit={asked[group.name] === 1 ? "node" : "nodes"}
                  onValueChange={(count) => setCounts({ ...counts, [group.name]: count })}
                />
              </Field>
            ))}
            <LeaseField
              label="Keep it for"
              hint={
                longest === null
                  ? "Its nodes are given back when this is over. It can be extended."
                  : `${allowedWords(longest)}. It can be extended.`
              }
              longest={most}
              value={leaseHours}
              onValueChange={setLease}
              error={fields.leaseHours}
            />
            {images.length > 1 && (
              <Field label="Image" error={fields.imageId}>
                <Select
                  value={imageId ?? ""}
                  onChange={(event) => {
                    const image = images.find((each) => each.id === event.target.value);
                    setImage(image?.id);
                  }}
                  options={images.map((image) => ({
                    value: image.id,
                    label: `${image.name} ${image.version}`,
                  }))}
                />
              </Field>
            )}
          </div>
        </Panel>
        {template && template.inputs.length > 0 && (
          <Panel title="What the template asks">
            <InputFields
              key={template.versionId}
              inputs={questions}
              keys={known}
              values={inputs}
              errorOf={(input) => fields[`inputs.${input}`]}
              onChange={(input, value) => setInputs({ ...inputs, [input]: value })}
            />
          </Panel>
        )}
        <Panel title="What to call it, and who gets in">
          <div className="flex flex-col gap-5">
            <Field
              label="Name"
              required
              hint="Lower-case letters, digits and dashes. The nodes are called after it: train-1, train-2."
              error={errorOf("name", name, fields.name)}
            >
              <Input
                mono
                value={name}
                maxLength={longestEnvironmentName}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setName(event.target.value)}
              />
            </Field>
            <FieldGroup
              legend="SSH keys"
              hint={
                <>
                  Your saved keys. Add more in <TextLink href="/account">your account</TextLink>.
                </>
              }
              error={fields.sshKeys}
            >
              {offer.sshKeys.length === 0 && (
                <p className="text-muted text-sm">You have no saved key yet: paste one below.</p>
              )}
              <KeyChoice keys={offer.sshKeys} chosen={sshKeyIds} onChange={setKeys} />
            </FieldGroup>
            {offer.projectKeys.length > 0 && (
              <FieldGroup
                legend="The project's keys"
                hint={
                  <>
                    Put on every new environment of the project unless you untick them here. See{" "}
                    <TextLink href={`/${place.tenant}/projects/${place.project}/keys` as Route}>
                      who added them
                    </TextLink>
                    .
                  </>
                }
              >
                <KeyChoice
                  keys={offer.projectKeys}
                  chosen={projectKeyIds}
                  onChange={setProjectKeys}
                />
              </FieldGroup>
            )}
            <Field
              label="One more public key"
              optional
              hint="For this environment only. The line of a file that ends in .pub."
              error={errorOf("keys", pastedKey, fields.pastedKey)}
            >
              <Textarea
                mono
                rows={3}
                spellCheck={false}
                placeholder="ssh-ed25519 AAAA… you@laptop"
                value={pastedKey}
                onChange={(event) => setPastedKey(event.target.value)}
              />
            </Field>
          </div>
        </Panel>
        {template && imageId && (
          <UserDataPanel
            place={place}
            form={{
              ...{ name, templateVersionId: template.versionId, imageId, counts: asked },
              ...{ sshKeyIds, projectKeyIds, publicKey: pastedKey },
              ...toldInputs(template.inputs, inputs),
            }}
          />
        )}
      </div>
      <div className="min-w-0 lg:sticky lg:top-4">
        <PreflightPanel
          checks={preflight || isGone ? checks : []}
          readAt={preflight?.readAt ?? null}
          state={isError ? "failing" : checking ? "checking" : "made"}
          quotaHref={`/${place.tenant}/quota` as Route}
        >
          <QuotaMeters meters={offer.quota} demands={demands} />
          <FormMessage message={refusal && refusalMessage(refusal)} />
          <Button
            type="submit"
            variant="primary"
            pending={pending}
            pendingLabel="Launching…"
            disabledReason={against}
            reasonPlacement="beside"
          >
            Launch
          </Button>
          {template && preflight && (
            <HoldPanel
              place={place}
              preflight={preflight}
              form={{ templateVersionId: template.versionId, counts: asked }}
              acts={holding}
            />
          )}
          {template && imageId && (
            <SameWithApi
              commands={[
                {
                  label: "Launch",
                  command: curlOf(api.launch, {
                    keyed: true,
                    body: {
                      ...said,
                      ...(template.inputs.length > 0 && {
                        inputs: shownInputs(template.inputs, inputs),
                      }),
                      leaseHours,
                      ...(preflight?.hold ? { holdId: preflight.hold.id } : {}),
                    },
                  }),
                },
                {
                  label: "Ask what a launch would meet",
                  command: curlOf(api.preflight, {
                    body: { ...said, leaseHours, ...toldInputs(template.inputs, inputs) },
                  }),
                },
                {
                  label: "Ask what cloud-init would be told",
                  command: curlOf(api.userData, {
                    body: { ...said, ...toldInputs(template.inputs, inputs) },
                  }),
                },
                {
                  label: "Hold the nodes for five minutes",
                  command: curlOf(api.hold, {
                    body: { templateVersionId: template.versionId, counts: asked },
                  }),
                },
              ]}
            >
              {questions.length > 0 && <InputTable inputs={questions} />}
            </SameWithApi>
          )}
        </PreflightPanel>
      </div>
    </form>
  );
}

const gone: PreflightCheck = {
  id: "template",
  title: "Template",
  verdict: "no",
  words: "It is not offered to this project any more.",
  wayOut: "Take another template.",
};

function wordsAgainst({ words, wayOut }: PreflightCheck): string {
  return `${words} ${wayOut ?? ""}`.trim();
}

/** Why it cannot be launched now. When the checks cannot be made, the launch itself makes them. */
function reasonAgainst(stopping: PreflightCheck | undefined, checked: boolean): string | null {
  if (stopping) return wordsAgainst(stopping);
  return checked ? null : "The checks above are still being made.";
}

function TemplateSummary({ template }: { template: CatalogueTemplate }) {
  return (
    <>
      {template.description && <span className="block">{template.description}</span>}
      {template.groups.map((group) => (
        <span key={group.name} className="block text-faint text-xs">
          {group.name}: {groupWords(group)}
        </span>
      ))}
    </>
  );
}

/** The image that is wanted, if it may be used, else any that may; with none, the checks say why. */
function chosenIn(images: Offer["images"], wanted: Id<"image"> | undefined, offer: Offer) {
  return (images.find(({ id }) => id === wanted) ?? images[0] ?? offer.images[0])?.id;
}

/** What was entered, for a command that is shown: a secret is never repeated. */
function shownInputs(
  asked: CatalogueTemplate["inputs"],
  entered: Readonly<Record<string, InputValue>>,
): Record<string, InputValue> {
  return Object.fromEntries(
    asked.flatMap(({ name, type }) => {
      const value = entered[name];
      if (value === undefined) return [];
      return [[name, type === "secret" ? "SECRET" : value]];
    }),
  );
}

/** The same for what only asks, and needs no more of a secret than its name. */
function toldInputs(
  asked: CatalogueTemplate["inputs"],
  entered: Readonly<Record<string, InputValue>>,
): Pick<LaunchPreflightInput, "inputs" | "secrets"> {
  const isSecret = ({ type }: { type: string }) => type === "secret";
  const inputs = shownInputs(
    asked.filter((input) => !isSecret(input)),
    entered,
  );
  const secrets = asked.filter((input) => isSecret(input) && entered[input.name]);
  return {
    ...(Object.keys(inputs).length > 0 ? { inputs } : {}),
    ...(secrets.length > 0 ? { secrets: secrets.map(({ name }) => name) } : {}),
  };
}
