import { expect, test } from "vitest";
import { newId } from "#lib/domain/id";
import { allowedImages, checkAllowedImage } from "#lib/domain/image/allowed-image";

const image = (name: string) => ({ id: newId("image"), name, version: "1" });
const [ubuntu, debian, rocky] = [image("ubuntu"), image("debian"), image("rocky")];
const all = [ubuntu, debian, rocky];
const group = (name: string, allowed: { id: ReturnType<typeof newId<"image">> }[] | null) => ({
  name,
  profile: { displayName: `P-${name}`, allowedImageIds: allowed?.map(({ id }) => id) ?? null },
});

test("a profile that names none lets its nodes run any image", () => {
  expect(allowedImages(all, [group("a", null)], { a: 1 })).toEqual(all);
});

test("an image has to be let run by the profile of every group that has nodes", () => {
  const groups = [group("a", [ubuntu, debian]), group("b", [debian, rocky]), group("c", [rocky])];
  expect(allowedImages(all, groups, { a: 1, b: 2, c: 0 })).toEqual([debian]);
  expect(checkAllowedImage(debian, all, groups, { a: 1, b: 2 }).ok).toBe(true);
  expect(checkAllowedImage(ubuntu, all, groups, { a: 1, b: 2 })).toMatchObject({
    refusal: {
      fields: { imageId: "Nodes of P-b may not run ubuntu 1. Choose debian 1." },
    },
  });
  expect(checkAllowedImage(ubuntu, all, groups, { a: 1, b: 1, c: 1 })).toMatchObject({
    refusal: {
      fields: {
        imageId:
          "Nodes of P-b may not run ubuntu 1. No image that the project may run is allowed: ask the platform team.",
      },
    },
  });
});
