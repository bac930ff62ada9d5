//! Bodies of any size pass in little memory. Alone in its process, so that the figure is the proxy's.

use candor_capture::Side;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Bench, Origin, read_head};

#[allow(dead_code, reason = "the other tests use the rest of it")]
#[path = "proxy/support.rs"]
mod support;

const LARGE: u64 = 64 << 20;

/// Peak resident memory of this process in bytes, as the kernel counts it.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("linux");
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).expect("counted");
    line.split_whitespace().nth(1).expect("a number").parse::<u64>().expect("a number") * 1024
}

async fn write_zeros(wire: &mut (impl AsyncWriteExt + Unpin), mut left: u64) {
    let zeros = vec![0; 64 << 10];
    while left > 0 {
        let n = left.min(zeros.len() as u64);
        wire.write_all(&zeros[..n as usize]).await.expect("written");
        left -= n;
    }
    wire.flush().await.expect("flushed");
}

async fn read_count(wire: &mut (impl AsyncReadExt + Unpin), length: u64) -> u64 {
    let mut bytes = vec![0; 64 << 10];
    let mut count = 0;
    while count < length {
        match wire.read(&mut bytes).await {
            Ok(n @ 1..) => count += n as u64,
            _ => break,
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_bodies_stream_both_ways_in_little_memory() {
    let origin = Origin::start(Some(&["http/1.1"]), |mut wire| async move {
        read_head(&mut wire).await;
        assert_eq!(read_count(&mut wire, LARGE).await, LARGE);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n");
        wire.write_all(head.as_bytes()).await.expect("written");
        write_zeros(&mut wire, LARGE).await;
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let before = peak();
    let mut tls = bench.tls("origin.example.org", &["http/1.1"]).await;
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGE}\r\n\r\n");
    tls.write_all(head.as_bytes()).await.expect("written");
    write_zeros(&mut tls, LARGE).await;
    read_head(&mut tls).await;
    assert_eq!(read_count(&mut tls, LARGE).await, LARGE);
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!((seen.length(Side::Request), seen.length(Side::Response)), (LARGE, LARGE));
    let grown = peak() - before;
    assert!(grown < 16 << 20, "{grown} bytes");
}
