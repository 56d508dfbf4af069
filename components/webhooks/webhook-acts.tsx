import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type {
  ChangeWebhookInput,
  CreateWebhookInput,
  PauseWebhookInput,
  ReplayDeliveryInput,
  WebhookInput,
} from "#lib/schemas/webhook";

type Act<Input, T = unknown> = (input: Input) => Promise<Result<T, Refusal>>;

/** What can be done with the webhooks of one place: its actions. */
export type WebhookActs = {
  create: Act<CreateWebhookInput, { secret: string }>;
  change: Act<ChangeWebhookInput>;
  renewSecret: Act<WebhookInput, { secret: string }>;
  pause: Act<PauseWebhookInput>;
  send: Act<WebhookInput>;
  remove: Act<WebhookInput>;
  replay: Act<ReplayDeliveryInput>;
};
