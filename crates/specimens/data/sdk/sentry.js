// Sentry as its documentation has it: a release, a user, errors and messages. It has no opt-out; pages return null from
// beforeSend, or close the client.

const Sentry = sentrySdk;
let objected = localStorage.getItem("objected") === "yes";

const sdk = {
  start() {
    Sentry.init({
      dsn: `${bench.collector.replace("://", "://simulatedkey@")}/7`,
      release: "shop@1.0.0",
      beforeSend: (event) => (bench.arm.name === "before-send" && objected ? null : event),
    });
    Sentry.captureMessage("opened");
  },
  visited() { Sentry.captureMessage("opened"); },
  search(words) { Sentry.captureException(new Error(`nothing found for ${words}`)); },
  account(name) { Sentry.setUser({ id: name }); },
  email(address) {
    Sentry.setUser({ ...Sentry.getIsolationScope().getUser(), email: address });
    Sentry.captureMessage("signed in");
  },
  optOut() {
    objected = true;
    localStorage.setItem("objected", "yes");
    return bench.arm.name === "close" ? Sentry.close(1000) : undefined;
  },
};
