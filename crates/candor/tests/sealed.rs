//! Nothing leaves the machine in sinkhole mode: real browsers in a network of the test's own, where
//! every address is this machine's, watched by candor and by a sniffer that is not candor's. Each
//! browser is started by a script that first goes around the proxy on purpose, so that a watch that
//! sees nothing is seen to be blind. Skipped, with a line that says so, where something is missing.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use common::{Bench, programs};

/// The network: no way out, every address local, one interface beside loopback.
const NETWORK: &str = r#"
set -e
ip link set lo up
ip link add candor0 type veth peer name candor1
ip addr add 198.18.0.1/24 dev candor0
ip link set candor0 up
ip link set candor1 up
ip route add local default dev lo table local
ip -6 route add local default dev lo table local || true
tshark -i any -q -w "$1" -f 'not (dst net 127.0.0.0/8 or ip6 dst ::1 or dst host 198.18.0.1)' 2>"$1.log" &
sniffer=$!
for i in $(seq 100); do grep -q 'Capturing on' "$1.log" && [ -s "$1" ] && break; sleep 0.1; done
shift
code=0
"$@" || code=$?
sleep 1
kill -INT $sniffer
wait $sniffer || true
exit $code
"#;

/// What the script that starts a browser does first. The addresses are reserved for documentation.
const BYPASS: &str = r#"#!/bin/bash
case " $* " in *" --version "*) exec "$BROWSER" "$@";; esac
(exec 3<>/dev/tcp/192.0.2.44/443) 2>/dev/null
printf '\0\1\1\0\0\1\0\0\0\0\0\0\007example\003org\0\0\1\0\1' > /dev/udp/192.0.2.53/53
exec "#;

/// Packets that begin a conversation.
const BEGINS: &str = "(tcp.flags.syn == 1 and tcp.flags.ack == 0) or udp";

fn plan(browser: &str) -> String {
    let (upload, set) = match browser {
        "firefox" => (
            60,
            r#"
[set.firefox.prefs]
"datareporting.policy.dataSubmissionPolicyBypassNotification" = true
"toolkit.telemetry.initDelay" = 1
"toolkit.telemetry.newProfilePing.delay" = 3
"toolkit.telemetry.send.overrideOfficialCheck" = true
"#,
        ),
        _ => (45, ""),
    };
    format!(
        r#"
name = "sealed"
question = "what goes around the proxy?"
browsers = ["{browser}"]
repeats = 1
control = false
[waits.{browser}]
first_upload_s = {upload}
upload_interval_s = 10
settle_s = 3
[[persona]]
name = "robin"
[[set]]
name = "soon"
{set}
[[phase]]
do = "first_start"
[[phase]]
do = "visit"
[[phase]]
do = "idle"
uploads = 1
[[arm]]
name = "on"
collection = "on"
with = ["soon"]
"#
    )
}

/// Destinations that the other sniffer saw: address, and port where there is one. What the
/// network says by itself (errors, neighbours, multicast reports) is left out.
fn sniffed(file: &Path) -> BTreeSet<(String, String)> {
    let fields = ["ip.dst", "ipv6.dst", "tcp.dstport", "udp.dstport"];
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(file).args(["-Y", BEGINS, "-T", "fields", "-E", "occurrence=f"]);
    for field in fields {
        tshark.args(["-e", field]);
    }
    let out = tshark.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines()
        .map(|line| {
            let mut cells = line.split('\t').filter(|cell| !cell.is_empty());
            (cells.next().unwrap().to_owned(), cells.next().unwrap().to_owned())
        })
        .collect()
}

/// Destinations that stand in the recording as gaps.
fn recorded(case: &Path) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for run in std::fs::read_dir(case.join("runs")).unwrap().flatten() {
        let events = std::fs::read_to_string(run.path().join("events.jsonl")).unwrap();
        for line in events.lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            if event["reason"] == "around_proxy" {
                let detail = event["detail"].as_str().unwrap();
                let port = detail.split(" port ").nth(1).unwrap_or_default();
                let port = port.split(',').next().unwrap_or_default();
                all.insert((event["host"].as_str().unwrap().to_owned(), port.to_owned()));
            }
        }
    }
    all
}

fn ready(programs: &[&str]) -> bool {
    if !programs::are_there(programs) {
        return false;
    }
    let network = Command::new("unshare")
        .args(["--net", "ip", "link", "add", "candor0", "type", "veth", "peer", "name", "candor1"])
        .output();
    let may = network.is_ok_and(|out| out.status.success());
    if !may {
        eprintln!("skipped: networks cannot be made here, which takes root");
    }
    may
}

fn nothing_goes_unrecorded(browser: &str, program: &str) {
    if !ready(&["unshare", "ip", "tshark", "certutil", "bash", program]) {
        return;
    }
    let bench = Bench::new();
    bench.write("plan.toml", plan(browser));
    let path = std::env::var_os("PATH").unwrap();
    let program = std::env::split_paths(&path).map(|f| f.join(program)).find(|p| p.is_file());
    let script = BYPASS.replace("\"$BROWSER\"", program.as_ref().unwrap().to_str().unwrap())
        + program.unwrap().to_str().unwrap()
        + " \"$@\"\n";
    let starter = bench.write("starter", &script);
    std::fs::set_permissions(&starter, std::fs::Permissions::from_mode(0o755)).unwrap();
    // A place that the sniffer may write to although it gives up its rights.
    let capture = bench.path("sniffed.pcapng");
    let starter = starter.to_str().unwrap();
    let arguments = ["run", "plan.toml", "--inside", "--program", starter, "--case", "case"];
    let done = bench.run_in(
        &["unshare", "--net", "sh", "-c", NETWORK, "network", capture.to_str().unwrap()],
        &arguments,
    );
    assert!([0, 1, 3].contains(&done.code), "{}\n{}", done.stdout, done.stderr);
    let (sniffed, recorded) = (sniffed(&capture), recorded(&bench.path("case")));
    for (address, port) in [("192.0.2.44", "443"), ("192.0.2.53", "53")] {
        let planted = (address.to_owned(), port.to_owned());
        assert!(sniffed.contains(&planted), "the sniffer is blind: {sniffed:?}\n{}", done.stderr);
    }
    let unrecorded: Vec<_> = sniffed.difference(&recorded).collect();
    assert!(unrecorded.is_empty(), "went out unrecorded: {unrecorded:?}");
    assert_eq!(recorded.len(), 2, "{browser} itself went around the proxy: {recorded:?}");
    assert!(done.stdout.contains("went around the proxy"), "{}", done.stdout);
}

#[test]
fn chromium_leaves_nothing_unrecorded() {
    nothing_goes_unrecorded("chromium", "chromium");
}

#[test]
fn firefox_leaves_nothing_unrecorded() {
    nothing_goes_unrecorded("firefox", "firefox-esr");
}
