import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { BOT_USER, TEAM } from './directory.ts';

type StoredFile = {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly altText: string;
  readonly size: number;
  readonly createdSeconds: number;
  /** Empty until it is uploaded; base64 where it is saved. */
  readonly content: string;
  /** Set when the upload was completed: only then it can be seen. */
  readonly isComplete: boolean;
};

export type FilesState = readonly StoredFile[];

const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  txt: 'text/plain',
  json: 'application/json',
  png: 'image/png',
  pdf: 'application/pdf',
  zip: 'application/zip',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** Files: an address to upload to is handed out, bytes come, the upload is completed. */
export class FileStore {
  readonly #clock: () => Date;
  readonly #url: string;
  readonly #files: Map<string, StoredFile>;
  readonly #uploads = new Map<string, string>();
  #savers: (() => void)[] = [];

  constructor(clock: () => Date, url: string, restored: FilesState = []) {
    this.#clock = clock;
    this.#url = url;
    this.#files = new Map(restored.map((file) => [file.id, file]));
  }

  state(): FilesState {
    return [...this.#files.values()].filter(({ isComplete }) => isComplete);
  }

  onDirty(saver: () => void): void {
    this.#savers.push(saver);
  }

  /** Announces a file; its bytes are expected at the address. */
  begin(file: { readonly name: string; readonly size: number; readonly altText: string }): {
    readonly id: string;
    readonly uploadUrl: string;
  } {
    const id = `F${randomBytes(6).toString('hex').toUpperCase()}`;
    const createdSeconds = Math.floor(this.#clock().getTime() / 1000);
    this.#files.set(id, { ...file, id, title: file.name, createdSeconds, content: '', isComplete: false });
    const address = `/upload/v1/${randomBytes(18).toString('base64url')}`;
    this.#uploads.set(address, id);
    return { id, uploadUrl: `${this.#url}${address}` };
  }

  /** Takes the bytes; false when the address is unknown or the length is not the announced one. */
  receive(address: string, bytes: Buffer): boolean {
    const file = this.#files.get(this.#uploads.get(address) ?? '');
    if (!file || bytes.length !== file.size) return false;
    this.#uploads.delete(address);
    this.#files.set(file.id, { ...file, content: bytes.toString('base64') });
    return true;
  }

  /** True when the bytes have come and nothing was completed yet. */
  isUploaded(id: string): boolean {
    const file = this.#files.get(id);
    return file !== undefined && !file.isComplete && (file.content !== '' || file.size === 0);
  }

  complete(id: string, title: string | undefined): void {
    const file = this.#files.get(id);
    if (!file) return;
    this.#files.set(id, { ...file, title: title ?? file.title, isComplete: true });
    for (const saver of this.#savers) saver();
  }

  /** Bytes and type of a completed file. */
  read(id: string): { readonly name: string; readonly type: string; readonly bytes: Buffer } | undefined {
    const file = this.#files.get(id);
    if (!file?.isComplete) return undefined;
    return { name: file.name, type: typeOf(file.name), bytes: Buffer.from(file.content, 'base64') };
  }

  /** A file as Slack writes it. */
  json(id: string): Record<string, unknown> | undefined {
    const file = this.#files.get(id);
    if (!file?.isComplete) return undefined;
    const place = `${this.#url}/files-pri/${TEAM.id}-${id}`;
    const name = encodeURIComponent(file.name);
    return {
      id,
      created: file.createdSeconds,
      timestamp: file.createdSeconds,
      name: file.name,
      title: file.title,
      mimetype: typeOf(file.name),
      filetype: path.extname(file.name).slice(1),
      ...(file.altText !== '' && { alt_txt: file.altText }),
      size: file.size,
      mode: 'hosted',
      user: BOT_USER,
      user_team: TEAM.id,
      is_external: false,
      is_public: false,
      url_private: `${place}/${name}`,
      url_private_download: `${place}/download/${name}`,
      permalink: `${this.#url}/files/${BOT_USER}/${id}/${name}`,
    };
  }
}

function typeOf(name: string): string {
  return TYPES[path.extname(name).slice(1).toLowerCase()] ?? 'application/octet-stream';
}
