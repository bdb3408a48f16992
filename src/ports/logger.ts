/**
 * The process log, for operators. A fixed message, data in fields, the error attached. Level `error` means
 * that a person must act now. Nothing of a tenant's data at `info` or above, no secret ever.
 */
export type Logger = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/** What every line of the process log says that is written while some work goes on, however deep inside. */
export type LogScope = {
  /** Passes on what `work` resolves or rejects with. */
  within<T>(fields: LogFields, work: () => Promise<T>): Promise<T>;
};
export type LogFields = { readonly [field: string]: string };
