"use client";

import { Button } from "#components/ui/button";
import { saveFile } from "#lib/client/save-file";

/** Saves a text as a file on the reader's machine; nothing is fetched. */
export function DownloadButton({
  text,
  fileName,
  children,
}: {
  text: string;
  fileName: string;
  children: string;
}) {
  return (
    <Button size="sm" onClick={() => saveFile(fileName, text, "text/plain")}>
      {children}
    </Button>
  );
}
