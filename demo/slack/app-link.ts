import { randomBytes } from 'node:crypto';
import type { Delivery } from './delivery.ts';
import type { ResponseUrl, Workspace } from './workspace.ts';

/** How the workspace reaches the app: where to deliver, and the root of the addresses handed to it. */
export type AppLink = {
  readonly workspace: Workspace;
  readonly delivery: Delivery;
  readonly clock: () => Date;
  /** Root of this local Slack, without a slash at the end. */
  readonly url: string;
};

export function responseAddress(link: AppLink, url: ResponseUrl): string {
  return `${link.url}${url.path}`;
}

/** Slack's trigger ids are good for 3 s, for opening a modal; the form is Slack's, the numbers mean nothing. */
export function triggerId(link: AppLink): string {
  return `${link.clock().getTime()}.1000.${randomBytes(16).toString('hex')}`;
}
