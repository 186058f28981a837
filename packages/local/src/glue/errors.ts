/** The errors of Glue's API this endpoint answers with. */
export type GlueErrorType =
  | "AlreadyExistsException"
  | "ConcurrentRunsExceededException"
  | "EntityNotFoundException"
  | "IncompleteSignatureException"
  | "InvalidInputException"
  | "InvalidSignatureException"
  | "JobRunInvalidStateTransitionException"
  | "MissingAuthenticationTokenException"
  | "UnknownOperationException"
  | "UnrecognizedClientException";

export class GlueError extends Error {
  override readonly name = "GlueError";
  readonly type: GlueErrorType;

  constructor(type: GlueErrorType, message: string) {
    super(message);
    this.type = type;
  }
}
