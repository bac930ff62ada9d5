// Bundles each SDK as a page would load it: one classic script per SDK, under one global name, its code unmodified.

import { build } from "esbuild";

/** File name in dist, the package's own entry, and the global that the page finds it under. */
const bundles = [
  ["sensors", "sa-sdk-javascript", "sensorsSdk"],
  ["sensors-aes", "sa-sdk-javascript/dist/web/plugin/aes-encryption/index.es6.js", "sensorsAes"],
  ["mixpanel", "mixpanel-browser", "mixpanelSdk"],
  ["posthog", "posthog-js", "posthogSdk"],
  ["snowplow", "@snowplow/browser-tracker", "snowplowSdk"],
  ["sentry", "@sentry/browser", "sentrySdk"],
];

for (const [name, entry, globalName] of bundles) {
  await build({
    entryPoints: { [name]: entry },
    outdir: "dist",
    bundle: true,
    format: "iife",
    globalName,
    platform: "browser",
    legalComments: "inline",
    logLevel: "warning",
  });
}
