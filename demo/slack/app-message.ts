import { BOT_USER } from './directory.ts';
import { type Content, isRefusal, type Refusal, readContent } from './message-content.ts';
import type { ResponseUrl, Workspace } from './workspace.ts';

/**
 * Shows what an app answered to a command or on a response_url: a new message (ephemeral unless `response_type`
 * is in_channel), or a change of the one that the address is for.
 * @returns the refusal when Slack would not take it.
 */
export function applyAppMessage(
  workspace: Workspace,
  url: ResponseUrl,
  message: Readonly<Record<string, unknown>>,
  options: { mayReplace: boolean },
): Refusal | undefined {
  const target = options.mayReplace && url.target !== null ? workspace.find(url.target) : undefined;
  if (isTrue(message.delete_original)) {
    if (target) workspace.remove(target.ts);
    return undefined;
  }
  const content = readContent(message);
  if (isRefusal(content)) return content;
  if (target && isTrue(message.replace_original)) {
    const isMarked = content.blocks.length === 0 && target.visibleTo === undefined;
    workspace.edit(target.ts, {
      ...content,
      ...(isMarked && { edited: { user: BOT_USER, ts: workspace.nextTs() } }),
    });
    return undefined;
  }
  postNew(workspace, url, message, content);
  return undefined;
}

function postNew(
  workspace: Workspace,
  url: ResponseUrl,
  message: Readonly<Record<string, unknown>>,
  content: Content,
): void {
  const isPublic = message.response_type === 'in_channel';
  const threadTs = typeof message.thread_ts === 'string' ? message.thread_ts : undefined;
  const posted = workspace.post({
    ...content,
    channel: url.channel,
    user: BOT_USER,
    ...(!isPublic && { visibleTo: url.user }),
    ...(threadTs !== undefined && { threadTs }),
  });
  // A command has no message of its own: its answer becomes what a later replace_original means.
  if (url.origin === 'command') workspace.aimResponseUrl(url.path, posted.ts);
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
