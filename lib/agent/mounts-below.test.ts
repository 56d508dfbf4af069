import { expect, test } from "vitest";
import { mountsBelow } from "#lib/agent/mounts-below";

const mounts = `proc /proc proc rw 0 0
/dev/vda / ext4 rw 0 0
sysfs /srv/my\\040images/build-1/root/sys sysfs ro 0 0
proc /srv/my\\040images/build-1/root/proc proc ro 0 0
none /srv/my\\040images/build-1/root/proc/sys binfmt_misc rw 0 0
tmpfs /srv/my\\040images/build-10 tmpfs rw 0 0
`;

test("what is mounted in a directory is told from the inside out, and its neighbours are not", () => {
  expect(mountsBelow(mounts, "/srv/my images/build-1")).toEqual([
    "/srv/my images/build-1/root/proc/sys",
    "/srv/my images/build-1/root/proc",
    "/srv/my images/build-1/root/sys",
  ]);
  expect(mountsBelow(mounts, "/srv/my images/build-2")).toEqual([]);
});
