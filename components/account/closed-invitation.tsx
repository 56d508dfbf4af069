import { LinkButton } from "#components/ui/link-button";
import { invitationDays } from "#lib/domain/access/term";

const words = {
  used: "This invitation was used: it works once. If that was not you, tell who invited you.",
  withdrawn: "This invitation was withdrawn. Ask who invited you for another.",
  too_old: `This invitation is too old: it worked for ${invitationDays} days. Ask who invited you for another.`,
  unknown: `An invitation works once and for ${invitationDays} days, and can be withdrawn. Ask who invited you for another.`,
};

/** What stands in the place of an invitation that opens nothing, with what has become of it where that is known. */
export function ClosedInvitation({ state = "unknown" }: { state?: keyof typeof words }) {
  return (
    <>
      <h1 className="font-semibold text-xl tracking-tight">This link no longer works</h1>
      <p className="text-muted text-sm">{words[state]}</p>
      <LinkButton href="/">To Ingot</LinkButton>
    </>
  );
}
