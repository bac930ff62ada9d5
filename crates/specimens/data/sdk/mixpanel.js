// Mixpanel as its documentation has it: page views, a search event, identify, a profile.

const mixpanel = mixpanelSdk.default;

const sdk = {
  start() {
    mixpanel.init("simulatedtoken", {
      api_host: bench.collector,
      track_pageview: "full-url",
      persistence: "localStorage",
      ...bench.arm.init,
    });
  },
  visited() {},
  search(words) { mixpanel.track("search", { search_word: words }); },
  account(name) { mixpanel.identify(name); },
  email(address) { mixpanel.people.set({ $email: address }); },
  optOut() { mixpanel.opt_out_tracking(); },
};
