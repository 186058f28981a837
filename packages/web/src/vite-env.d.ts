/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Origin of the API; unset when the API serves this dashboard itself. */
  readonly VITE_API_URL?: string;
  /** Bytes of output up to which the stage uses the lane `lambda`; unset or 0 if the stage does not have it. */
  readonly VITE_LAMBDA_MAX_BYTES?: string;
  /** Bytes of output from which on the stage uses the lane `spark`; unset or 0 if the stage does not have it. */
  readonly VITE_SPARK_MIN_BYTES?: string;
}
