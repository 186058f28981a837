/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Origin of the API; unset when the API serves this dashboard itself. */
  readonly VITE_API_URL?: string;
}
