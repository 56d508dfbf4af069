/**
 * `tenant`: what an environment runs; `sanitize`: what wipes a node between tenants; `install`: what
 * writes a disk image to a node's disk; `inspect`: what tells of a host from within, and tests it.
 */
export const imagePurposes = ["tenant", "sanitize", "install", "inspect"] as const;
export type ImagePurpose = (typeof imagePurposes)[number];

export const imageStates = ["unverified", "approved", "rejected", "retired"] as const;
export type ImageState = (typeof imageStates)[number];
