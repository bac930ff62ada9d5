// PostHog as its documentation has it: page views, a search event, identify with a property of the person.

const posthog = posthogSdk.default;
let person;

const sdk = {
  start() {
    posthog.init("phc_simulated", {
      api_host: bench.collector,
      capture_pageview: "history_change",
      opt_out_useragent_filter: true,
      disable_external_dependency_loading: true,
      ...bench.arm.init,
    });
  },
  visited() {},
  search(words) { posthog.capture("search", { search_word: words }); },
  account(name) { person = name; posthog.identify(name); },
  email(address) { posthog.setPersonProperties({ email: address }); },
  optOut() { posthog.opt_out_capturing(); },
};
