// @ts-check
const { createApiReference } = /** @type {any} */ (window).Scalar;

// Problem details link to `/docs#CODE`.
if (/^#[a-z0-9_]+$/.test(location.hash)) location.hash = "description/errors";

// Scalar has no copy buttons in descriptions.
const reference = document.querySelector("#reference");
new MutationObserver(() => {
  for (const code of document.querySelectorAll("#reference pre:not(:has(button)) > code.language-sh")) {
    const button = document.createElement("button");
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    code.after(button);
  }
}).observe(/** @type {Element} */ (reference), { childList: true, subtree: true });

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
