/**
 * `tenant`: what an environment runs; `sanitize`: what wipes a node between tenants; `install`: what
 * writes a disk image to a node's disk.
 */
export const imagePurposes = ["tenant", "sanitize", "install"] as const;
export type ImagePurpose = (typeof imagePurposes)[number];

export const imageStates = ["unverified", "approved", "rejected", "retired"] as const;
export type ImageState = (typeof imageStates)[number];
