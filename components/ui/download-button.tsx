"use client";

import { Button } from "#components/ui/button";

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
  function save() {
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = fileName;
    link.click();
    URL.revokeObjectURL(url);
  }
  return (
    <Button size="sm" onClick={save}>
      {children}
    </Button>
  );
}
