/** Who cwsync is in ConnectWise, kept so that a process that has only just started knows it as well. */
export type OwnMember = {
  /** Identifier of the API member; null until ConnectWise has answered a write of any process. */
  read(): Promise<string | null>;
  store(identifier: string): Promise<void>;
};
