import { numberOf, textOf } from "#lib/client/form-values";
import { type InspectionOrder, inspectionLevels } from "#lib/domain/inspection/order";

/** What a form asks of an inspection; undefined for none. */
export function inspectionOfForm(form: FormData): InspectionOrder | undefined {
  const level = inspectionLevels.find((each) => each === textOf(form, "inspection.level"));
  if (level === undefined) return undefined;
  return level === "burn_in" ? { level, seconds: numberOf(form, "inspection.seconds") } : { level };
}
