// The documents are read by people who are signed in, beside their account.
export { default } from "../account/layout";
