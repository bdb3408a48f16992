/** One attempt of one request to ConnectWise: a row of "API Request Details". Holds no secret in any form. */
export type RequestRecord = {
  readonly at: Date;
  readonly method: string;
  /** Path and query, redacted. */
  readonly path: string;
  /** Absent when no answer came. */
  readonly status?: number;
  readonly durationMs: number;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly requestId: string;
  readonly errorCode?: string;
  /** Redacted and cut. */
  readonly errorMessage?: string;
  /** The body of an error answer, redacted, at most 2,000 characters. */
  readonly errorBody?: string;
  readonly runId?: string;
  /** The plan project on whose behalf it was made. */
  readonly projectId?: string;
  /** The kind of record asked for, e.g. `ticket`. */
  readonly entity?: string;
};

/** Where the ConnectWise client puts what it asked and was told. Never throws: a log must not fail a sync. */
export type RequestLog = {
  record(entry: RequestRecord): Promise<void>;
};
