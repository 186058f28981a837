/** An answer other than success, or none at all (`unreachable`). */
export class HttpError extends Error {
  override readonly name: string = "HttpError";
  /** The problem's stable code, or `unreachable`. */
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly requestId: string | undefined;
  /** Seconds the API asks to wait; 0 when it does not say. */
  readonly retryAfter: number;

  constructor(code: string, message: string, status: number, requestId?: string, retryAfter = 0) {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }

  /** Whether the same call may well succeed a little later. */
  get isPassing(): boolean {
    if (this.retryAfter > 60) return false;
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** From the API. */
export class ApiError extends HttpError {
  override readonly name = "ApiError";
}

/** From the storage of the results. */
export class StorageError extends HttpError {
  override readonly name = "StorageError";
}

function text(body: unknown, key: string): string | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const value: unknown = Reflect.get(body, key);
  return typeof value === "string" ? value : undefined;
}

async function toApiError(response: Response): Promise<ApiError> {
  // A gateway in front of the API may answer with something that is no problem document.
  const body: unknown = await response.json().catch(() => undefined);
  return new ApiError(
    text(body, "code") ?? "unexpected_answer",
    text(body, "detail") ?? text(body, "title") ?? `The server returned HTTP status ${response.status}.`,
    response.status,
    text(body, "requestId"),
    Number(response.headers.get("Retry-After") ?? 0) || 0,
  );
}

/** `fetch` that throws an ApiError for everything but success. */
export async function fetchApi(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(input, init);
  } catch (cause) {
    if (init?.signal?.aborted) throw cause;
    throw new ApiError("unreachable", "Can't reach the server.", 0);
  }
  if (!response.ok) throw await toApiError(response);
  return response;
}
