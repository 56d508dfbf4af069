/** `tenant`: what an environment runs; `sanitize`: what wipes a node between tenants. */
export const imagePurposes = ["tenant", "sanitize"] as const;
export type ImagePurpose = (typeof imagePurposes)[number];

export const imageStates = ["unverified", "approved", "rejected", "retired"] as const;
export type ImageState = (typeof imageStates)[number];
