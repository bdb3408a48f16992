/**
 * Reply view models: what an answer says, in no platform's format. Made in `src/app/replies`, rendered by the
 * chat adapters, which decide nothing. Names, times and links are typed parts, never ready-made markup: the
 * adapter cuts, escapes and then measures them.
 */

export type Part =
  | { readonly part: 'text'; readonly text: string }
  /** Emphasised words of ours. */
  | { readonly part: 'strong'; readonly text: string }
  /** Text that somebody else wrote: a project's name, ConnectWise's words. Shown literally. */
  | { readonly part: 'name'; readonly text: string }
  /**
   * Someone of a chat platform, by `platform:tenant/user`; shown as the platform shows people where it knows them,
   * else by the name where one is given.
   */
  | { readonly part: 'person'; readonly key: string; readonly name?: string }
  | { readonly part: 'link'; readonly label: string; readonly url: string }
  /** Shown in the reader's own time zone. */
  | {
      readonly part: 'time';
      readonly at: Date;
      readonly form: 'date-and-time' | 'time';
      /** It stands behind a word such as since: no “Today” with its capital there. */
      readonly inSentence?: true;
    };

export type Text = readonly Part[];

/**
 * A press means a command, the same words that can be typed: one grammar, and the role is checked in the one
 * place where commands are run.
 */
export type Action = {
  readonly label: string;
  /** Without the leading `/cwsync`. */
  readonly command: string;
  readonly style?: 'primary' | 'danger';
};

export type Block =
  | { readonly block: 'heading'; readonly text: string }
  | { readonly block: 'text'; readonly text: Text }
  | { readonly block: 'fields'; readonly fields: readonly { readonly label: string; readonly value: Text }[] }
  /** One line of a list, with what can be done about it. */
  | { readonly block: 'row'; readonly lines: readonly Text[]; readonly menu: readonly Action[] }
  | { readonly block: 'actions'; readonly actions: readonly Action[] }
  /**
   * What a list is narrowed by. A change of any of it means the command again, with the switches that are on and
   * the text, quoted, behind it.
   */
  | {
      readonly block: 'filter';
      readonly command: string;
      readonly text: { readonly label: string; readonly value: string };
      /** Without the dashes, e.g. `by-board`. At most ten. */
      readonly switches: readonly { readonly name: string; readonly label: string; readonly on: boolean }[];
    }
  /** Small print. */
  | { readonly block: 'note'; readonly text: Text };

/** Something to keep, e.g. an export. */
export type ReplyFile = {
  readonly name: string;
  readonly title: string;
  readonly mediaType: string;
  readonly content: Uint8Array;
  /** Of a picture: what it shows, for those who cannot see it. At most 1,000 characters. */
  readonly alt?: string;
  /** Where a picture can be fetched for a time: set by an adapter that shows it by its address. */
  readonly url?: string;
};

export type Reply = {
  /** The whole answer in one plain sentence: notifications and screen readers use it. Never empty. */
  readonly summary: string;
  readonly blocks: readonly Block[];
  /** `home`: the standing page of the person that the handle belongs to, wherever they pressed. */
  readonly surface?: 'home';
  /** Nothing was done: it is not clear what is meant, and the words ask or say how it is written. */
  readonly unclear?: true;
  /** Tells what the message above it says by now: where a platform has no threads it is not shown. */
  readonly onlyInThread?: true;
  /** Goes to the direct messages of the person, or into the conversation where the handle stands for one. */
  readonly file?: ReplyFile;
};
