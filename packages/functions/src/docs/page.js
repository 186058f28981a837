// @ts-check
/** @type {typeof import("@scalar/api-reference")} */
const { createApiReference } = /** @type {any} */ (window).Scalar;

// Problem details link to `/docs#CODE`.
if (/^#[a-z0-9_]+$/.test(location.hash)) location.hash = "description/errors";

const response = await fetch("/openapi.json");
const text = await response.text();
createApiReference("#reference", {
  // The quick start's address.
  content: text.replaceAll("https://api.example.com", location.origin),
  theme: "none",
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: "never",
  hideClientButton: true,
  hideTestRequestButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
});
