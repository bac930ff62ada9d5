// Sensors Analytics for the web, as its documentation has it: autotrack, a search event, sign-in, a profile.

const sensors = sensorsSdk;

const sdk = {
  start() {
    // The key of the AES plugin stands in the page, as its documentation has it: whoever sees the page can read the reports.
    if (bench.arm.name === "aes") sensors.use(sensorsAes.default, { k: "U0lNVUxBVEVEIGtleSAxNg==", kid: 7, khash: "simulated" });
    sensors.init({
      server_url: `${bench.collector}/sa?project=shop`,
      is_track_single_page: true,
      show_log: false,
      ...bench.arm.init,
    });
    sensors.quick("autoTrack");
  },
  visited() {},
  search(words) { sensors.track("search", { search_word: words }); },
  account(name) { sensors.login(name); },
  email(address) { sensors.setProfile({ email: address }); },
  optOut() { sensors.disableSDK(); },
};
