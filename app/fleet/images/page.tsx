import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { ImageTable } from "#components/images/image-table";
import { RegisterImageDialog } from "#components/images/register-image-dialog";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { imagesView } from "#lib/views/images";
import { registerImageAction, reviewImageAction, shareImageAction } from "./actions";

export const metadata: Metadata = { title: "Images" };

export default async function ImagesPage() {
  const grant = await requireFleetGrant("fleet.read");
  const mayEdit = operatorMay(grant.operatorRole, "catalogue.edit");
  const { images, shareTargets } = await imagesView(database(), grant);
  const { origin } = readSettings();
  const checking = images.filter(({ state }) => state === "unverified");
  const here = { image: "IMAGE_ID" };
  const register = mayEdit && <RegisterImageDialog register={registerImageAction} />;
  return (
    <>
      <PageHeader
        title="Images"
        description="Operating systems that nodes may run, from memory or from disk. Each is files of the image directory, held to their checksums."
        meta={
          checking.length > 0 && <LiveRefresh topics={checking.map(({ id }) => `image:${id}`)} />
        }
        actions={images.length > 0 && register}
      />
      <Panel title="All images" meta={String(images.length)} padded={false}>
        <ImageTable
          images={images}
          shareTargets={shareTargets}
          edit={mayEdit ? { review: reviewImageAction, share: shareImageAction } : undefined}
          empty={
            <EmptyState title="No image yet" action={register}>
              Two are needed: one that environments run, and one that wipes a node between tenants.
              A third writes disk images, for environments that are installed.
            </EmptyState>
          }
        />
      </Panel>
      <PageCalls
        calls={[
          { label: "List the images", call: apiCall("listFleetImages", origin) },
          ...(mayEdit
            ? [
                {
                  label: "Register an image",
                  call: apiCall("registerImage", origin),
                  body: {
                    form: "memory",
                    name: "NAME",
                    version: "VERSION",
                    purpose: "tenant",
                    kernelFile: "KERNEL_FILE",
                    kernelSha256: "SHA256_OF_IT",
                    initrdFile: "INITRD_FILE",
                    initrdSha256: "SHA256_OF_IT",
                    kernelArgs: "",
                    defaultUser: "ubuntu",
                  },
                },
                {
                  label: "Check its files again, or retire it",
                  call: apiCall("reviewImage", origin, here),
                  body: { to: "unverified" },
                },
                {
                  label: "Share an image",
                  call: apiCall("shareImage", origin, here),
                  body: { projectIds: ["PROJECT_ID"] },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
