/** What a person does and reads in the local Slack, without a browser. */
import type { LocalSlack } from '../../demo/slack/start-slack.ts';
import { press, type Seen, say, seen } from '../integration/local-slack-rig.ts';
import { alex, eventually, patienceMs, projectsChannel } from './product-rig.ts';

type Place = { readonly user: string; readonly channel: string };

export class Conversation {
  readonly #slack: LocalSlack;
  readonly #place: Place;

  constructor(slack: LocalSlack, place: Partial<Place> = {}) {
    this.#slack = slack;
    this.#place = { user: alex, channel: projectsChannel, ...place };
  }

  messages(): Promise<Seen[]> {
    return seen(this.#slack, this.#place.user, this.#place.channel);
  }

  /** Types, and resolves with the first message that comes after it. */
  async ask(text: string): Promise<Answer> {
    const before = await this.messages();
    await say(this.#slack, this.#place.user, this.#place.channel, text);
    return await this.#next(before);
  }

  /** Presses a button by its words; its answer may take the place of the message that it stands in. */
  async press(answer: Answer, label: string): Promise<Answer> {
    const before = await this.messages();
    await press(this.#slack, { ...answer.buttonNamed(label), user: this.#place.user, messageTs: answer.ts });
    return await this.#next(before, answer.ts);
  }

  /** Resolves when the message says this, whatever it said before. */
  until(answer: Pick<Answer, 'ts'>, words: RegExp, timeoutMs = patienceMs): Promise<Answer> {
    return eventually(async () => {
      const message = (await this.messages()).find(({ ts }) => ts === answer.ts);
      if (!message) throw new Error(`the message ${answer.ts} is gone`);
      const now = new Answer(message);
      if (!words.test(now.words)) throw new Error(`it says: ${now.words}`);
      return now;
    }, timeoutMs);
  }

  /**
   * A message that was not there, or another state of the one that was pressed: an edit of any other is somebody
   * else's answer.
   * @param pressed the `ts` of the message with the button
   */
  #next(before: readonly Seen[], pressed?: string): Promise<Answer> {
    const old = new Map(before.map((message) => [message.ts, JSON.stringify(message)]));
    return eventually(async () => {
      const next = (await this.messages()).findLast(
        (message) =>
          message.user === botUser &&
          (message.ts === pressed || !old.has(message.ts)) &&
          old.get(message.ts) !== JSON.stringify(message),
      );
      if (!next) throw new Error('no answer yet');
      return new Answer(next);
    });
  }
}

const botUser = 'U0CWSYNC';

type Pressable = { readonly actionId: string; readonly blockId: string };

export class Answer {
  readonly ts: string;
  readonly ephemeral: boolean;
  /** All that it shows, a line for each piece of text. */
  readonly words: string;
  readonly #blocks: readonly Record<string, unknown>[];

  constructor(message: Seen) {
    this.ts = message.ts;
    this.ephemeral = message.ephemeral;
    this.#blocks = message.blocks;
    const lines = textsIn(message.blocks);
    this.words = (lines.length > 0 ? lines : [message.text]).join('\n');
  }

  buttons(): readonly string[] {
    return this.#elements().map(({ label }) => label);
  }

  buttonNamed(label: string): Pressable {
    const found = this.#elements().find((element) => element.label === label);
    if (!found) throw new Error(`there is no button "${label}", only ${this.buttons().join(', ')}`);
    return { actionId: found.actionId, blockId: found.blockId };
  }

  #elements(): (Pressable & { readonly label: string })[] {
    return this.#blocks.flatMap((block) =>
      elementsOf(block).map((element) => ({
        label: textsIn(element.text).join(' '),
        actionId: String(element.action_id),
        blockId: String(block.block_id),
      })),
    );
  }
}

function elementsOf(block: Record<string, unknown>): Record<string, unknown>[] {
  return block.type === 'actions' ? (block.elements as Record<string, unknown>[]) : [];
}

/** Every text below the fields that Block Kit shows. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'text' && typeof inner === 'string') return [unescaped(inner)];
    return textsIn(inner);
  });
}

/** Slack's three entities; its links and dates are left as they are written. */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
