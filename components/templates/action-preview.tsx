"use client";

import { ActionButton } from "#components/environments/action-button";
import { actionOfEdited, type EditedAction } from "#lib/client/edited-template";
import { checkInputs } from "#lib/domain/template/input-values";
import { exampleOffer, offeredInputs } from "#lib/domain/template/offered-inputs";

/** The buttons that an environment of the template will have: they ask and check as those will, and do nothing. */
export function ActionPreview({
  actions,
  against,
}: {
  actions: readonly EditedAction[];
  /** Why nothing can be tried yet; null when it can. */
  against: string | null;
}) {
  const shown = actions.map((edited) => {
    const action = actionOfEdited(edited);
    const inputs = offeredInputs(action.inputs, exampleOffer(action.inputs));
    return { key: edited.key, action: { ...action, inputs } };
  });
  return (
    <div className="mt-5 border-line border-t pt-4">
      <h3 className="font-semibold text-muted text-xs">
        On its environments, while they are ready
      </h3>
      <ul className="mt-3 flex flex-col gap-3">
        {shown.map(({ key, action }) => (
          <li key={key} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <ActionButton
              action={{ ...action, label: action.label || action.name }}
              against={against}
              run={async ({ inputs }) => checkInputs(action.inputs, inputs)}
            />
            {action.help && <span className="min-w-0 text-muted text-sm">{action.help}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
