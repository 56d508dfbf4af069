"use client";

import { useEffect } from "react";
import { tellProof } from "#lib/client/provider-proof";

/** Hands what came of a proof to the page that waits for it, and closes this window where it may. */
export function ProofArrived({ refused }: { refused: string | null }) {
  useEffect(() => {
    tellProof(refused);
    window.close();
  }, [refused]);
  return (
    <>
      <h1 className="font-semibold text-xl tracking-tight">
        {refused ? "That was no fresh proof" : "You have confirmed that it is you"}
      </h1>
      <p className="text-muted text-sm">
        {refused ?? "Close this window: the page that you came from goes on."}
      </p>
    </>
  );
}
