/** What is delivered to the app: a command, something pressed or submitted, or an event. */
export type DeliveryKind = 'slash_commands' | 'interactive' | 'events_api';

/** Says that an event was sent before, as Slack says it. */
export type Retry = { readonly num: number; readonly reason: 'timeout' | 'http_error' };

export type DeliveryResult =
  | { readonly kind: 'answered'; readonly body: string; readonly isJson: boolean }
  /** No answer within the deadline. */
  | { readonly kind: 'operation_timeout' }
  /** Not reachable, or (by HTTP) answered with another status than 200. */
  | { readonly kind: 'dispatch_failed' };

/** The way to the app: signed HTTP or Socket Mode. */
export type Delivery = {
  deliver(kind: DeliveryKind, payload: Record<string, unknown>, retry?: Retry): Promise<DeliveryResult>;
};
