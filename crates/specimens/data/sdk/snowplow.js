// Snowplow as its documentation has it: page views, self-describing events, a user id, and anonymous tracking as the way out.

const own = (name, data) => snowplowSdk.trackSelfDescribingEvent({
  event: { schema: `iglu:test.candor/${name}/jsonschema/1-0-0`, data },
});

const sdk = {
  start() {
    snowplowSdk.newTracker("shop", bench.collector, {
      appId: "shop",
      discoverRootDomain: true,
      contexts: { webPage: true, session: true },
      bufferSize: 1,
      ...bench.arm.init,
    });
    snowplowSdk.trackPageView();
  },
  visited() { snowplowSdk.trackPageView(); },
  search(words) { own("search", { terms: words }); },
  account(name) { snowplowSdk.setUserId(name); },
  email(address) { own("contact", { email: address }); },
  optOut() { snowplowSdk.enableAnonymousTracking({ options: { withServerAnonymisation: true } }); },
};
