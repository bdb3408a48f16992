/** One line to the alert channels: who did something that everybody who relies on them should know of. */
import { coversProject } from '../../domain/alert-scope.ts';
import type { ChatDelivery } from '../../ports/chat.ts';
import { placeOf } from '../../ports/incidents.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Reply, Text } from '../../ports/reply.ts';
import type { AlertChannel, SettingsStore } from '../../ports/settings.ts';
import type { SyncTaskStore } from '../../ports/sync-task-store.ts';
import { paragraph } from '../replies/parts.ts';

export type AnnounceDeps = {
  readonly tenantId: string;
  readonly tasks: Pick<SyncTaskStore, 'get'>;
  readonly settings: Pick<SettingsStore, 'read'>;
  readonly delivery: Pick<ChatDelivery, 'post'>;
  readonly logger: Logger;
};

export type Announcement = {
  readonly line: Text;
  /** The plan project it is about: told where that is covered, however bad something must be to be told there. */
  readonly projectId?: string | undefined;
  /** Told as well, though they are no alert channels any more. */
  readonly also?: readonly AlertChannel[];
};

/**
 * Never rejects: what was done is done, and a line that nobody could be told is for the process log.
 * @param key the same for a repeat
 */
export async function announce(
  deps: AnnounceDeps,
  { line, projectId, also = [] }: Announcement,
  key: string,
): Promise<void> {
  try {
    const { alertChannels } = await deps.settings.read();
    const channels = projectId === undefined ? alertChannels : await covering(deps, alertChannels, projectId);
    const reply = { summary: plainWords(line), blocks: [paragraph(...line)] };
    const places = new Map([...channels, ...also].map((channel) => [placeOf(channel), channel]));
    await Promise.all([...places.values()].map((channel) => post(deps, channel, reply, key)));
  } catch (error) {
    deps.logger.warn({ err: error }, 'a change could not be announced');
  }
}

async function covering(
  { tasks, tenantId }: AnnounceDeps,
  channels: readonly AlertChannel[],
  projectId: string,
): Promise<readonly AlertChannel[]> {
  const seen = await tasks.get(`${tenantId}:${projectId}`);
  const boardId = seen?.task.link.boardId;
  const about = { projectId, ...(boardId === undefined ? {} : { boardId }) };
  return channels.filter((channel) => coversProject(channel, about));
}

async function post(deps: AnnounceDeps, channel: AlertChannel, reply: Reply, key: string): Promise<void> {
  const { platform, tenant, conversation } = channel;
  try {
    const sent = await deps.delivery.post({ platform, tenant, conversation }, reply, key);
    if (sent.result !== 'sent') {
      deps.logger.warn({ reason: sent.reason, conversation }, 'a change could not be announced');
    }
  } catch (error) {
    deps.logger.warn({ err: error, conversation }, 'a change could not be announced');
  }
}

function plainWords(line: Text): string {
  return line
    .map((part) => {
      if (part.part === 'link') return part.label;
      if (part.part === 'person') return part.name ?? part.key;
      return part.part === 'time' ? part.at.toISOString() : part.text;
    })
    .join('');
}
